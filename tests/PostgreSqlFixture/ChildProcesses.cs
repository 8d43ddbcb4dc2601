using System.Diagnostics;
using System.Globalization;

namespace ProvingMarket.PostgreSqlFixture;

/// <summary>The processes that a process has started.</summary>
internal static class ChildProcesses
{
    // proc(5): user and system time are the 14th and 15th field, followed by those of children that have ended; the state is the 3rd.
    private const int FirstTime = 14 - 3;
    private const int Own = 2;
    private const int Ended = 2;
    private const int TicksPerSecond = 100;

    /// <summary>Lists the children of a process.</summary>
    internal static List<int> Of(int processId)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && ParentOf(folder) == processId) children.Add(id);
        }

        return children;
    }

    /// <summary>Kills a process and waits until it is gone.</summary>
    internal static async Task KillAsync(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            await process.WaitForExitAsync();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>The processor time of a process, of its children that have ended, and of those that run.</summary>
    internal static TimeSpan ProcessorTime(int processId)
    {
        var ticks = Sum(processId, Own + Ended) + Of(processId).Sum(child => Sum(child, Own));
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);

        static long Sum(int process, int fields) => Stat(Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture))) is { } stat
            ? stat.Skip(FirstTime).Take(fields).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))
            : 0;
    }

    private static int? ParentOf(string folder) => Stat(folder) is { } stat ? int.Parse(stat[1], CultureInfo.InvariantCulture) : null;

    // "pid (name) state parent …"; the name may contain anything, also brackets. What is returned begins with the state.
    private static string[]? Stat(string folder)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
