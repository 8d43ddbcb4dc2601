using System.Diagnostics;
using System.Globalization;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>Looks at processes from outside.</summary>
internal static class ProcessProbe
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Reads a process id that a script writes to a file, as soon as it is there.</summary>
    public static async Task<int> ReadIdAsync(string path)
    {
        var text = "";
        await UntilAsync(() => File.Exists(path) && (text = File.ReadAllText(path)).EndsWith('\n'), $"{path} is written");
        return int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a process is dead; one that nobody reaped yet is.</summary>
    public static Task GoneAsync(int processId) => UntilAsync(() => !IsAlive(processId), $"process {processId} is gone");

    public static bool IsAlive(int processId)
    {
        try
        {
            // "pid (name) state …"
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(started.Elapsed < s_patience, $"waited {s_patience} until {what}");
            await Task.Delay(10);
        }
    }
}
