using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>
/// Finds processes by a mark in their environment, which children inherit: a descendant that detached itself from its parent is still
/// found. Linux only (elsewhere nothing is found); a process that replaces its environment escapes.
/// </summary>
internal static class MarkedProcesses
{
    /// <summary>The variable that holds the mark.</summary>
    public const string Variable = "PROVING_MARKET_JOB";

    // A process may have forked while we looked; a few rounds catch up with anything but a fork bomb.
    private const int MaxRounds = 10;

    /// <summary>Kills every process whose mark begins with a prefix.</summary>
    public static void KillAll(string prefix)
    {
        if (!OperatingSystem.IsLinux())
            return;

        var wanted = Encoding.UTF8.GetBytes($"{Variable}={prefix}");
        for (var round = 0; round < MaxRounds && Find(wanted) is { Count: > 0 } found; round++)
        {
            foreach (var processId in found)
                Kill(processId);
        }
    }

    private static List<int> Find(byte[] wanted) =>
        [.. from folder in Directory.EnumerateDirectories("/proc")
            let name = Path.GetFileName(folder)
            where char.IsAsciiDigit(name[0])
            where ReadEnvironment(folder).AsSpan().IndexOf(wanted) >= 0
            select int.Parse(name, CultureInfo.InvariantCulture)];

    // Empty for other users' processes and for those that ended.
    private static byte[] ReadEnvironment(string folder)
    {
        try
        {
            return File.ReadAllBytes($"{folder}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended in between.
        }
    }
}
