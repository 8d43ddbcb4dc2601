using System.Diagnostics;
using System.Globalization;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>
/// Resident memory of a process. On Linux the descendants are counted too (pages they share are counted once for each); elsewhere the
/// process alone.
/// </summary>
internal static class ProcessMemory
{
    /// <summary>Bytes, or 0 when the process is gone.</summary>
    public static long ResidentBytes(int processId)
    {
        try
        {
            return OperatingSystem.IsLinux() ? LinuxTree(processId) : SingleProcess(processId);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static long SingleProcess(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64;
    }

    private static long LinuxTree(int root)
    {
        var total = 0L;
        var pending = new Stack<int>([root]);
        while (pending.TryPop(out var processId))
        {
            // statm: size, resident, … in pages.
            var fields = Read($"/proc/{processId}/statm").Split(' ');
            if (fields.Length < 2)
                continue;

            total += long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            foreach (var child in Children(processId))
                pending.Push(child);
        }

        return total;
    }

    private static IEnumerable<int> Children(int processId)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{processId}/task");
        }
        catch (IOException)
        {
            return [];
        }

        return threads
            .SelectMany(thread => Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ""; // the process ended in between
        }
    }
}
