using System.Diagnostics;
using System.Globalization;

namespace ProvingMarket.PostgreSqlFixture;

/// <summary>The processes that a process has started.</summary>
internal static class ChildProcesses
{
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

    // "pid (name) state parent …"; the name may contain anything, also brackets.
    private static int? ParentOf(string folder)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
