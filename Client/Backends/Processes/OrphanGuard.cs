using System.ComponentModel;
using System.Diagnostics;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>
/// Kills the marked processes of this process when it dies without a chance to do so: a shell waits at a pipe whose other end only this
/// process has, which the operating system closes with it. Tying each child to its parent (PR_SET_PDEATHSIG) would not do: the signal comes
/// when the starting thread ends, which a pool's threads do at any time, and grandchildren never get it.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // $1 is what the environment variable begins with. A process may fork while we look; a few rounds catch up with it.
    private const string Script = """
        trap '' HUP INT TERM
        exec > /dev/null 2>&1
        while read -r line; do :; done
        round=0
        while [ $round -lt 10 ]; do
            found=$(grep -lzs "^$1" /proc/[0-9]*/environ)
            [ -n "$found" ] || exit 0
            for file in $found; do
                process=${file#/proc/}
                kill -9 "${process%/environ}"
            done
            round=$((round + 1))
        done
        """;

    private readonly Process _shell;

    private OrphanGuard(Process shell) => _shell = shell;

    /// <summary>Guards all processes whose mark begins with a prefix, until disposed.</summary>
    /// <returns>Null where there is nothing to guard with: elsewhere than on Linux.</returns>
    /// <exception cref="Win32Exception">The guard cannot be started.</exception>
    public static OrphanGuard? Start(string prefix)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        var description = new ProcessStartInfo("/bin/sh", ["-c", Script, "orphan-guard", $"{MarkedProcesses.Variable}={prefix}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        ChildEnvironment.Restrict(description, [], []);
        return new OrphanGuard(Process.Start(description)!);
    }

    /// <summary>Lets the guard go. What is still marked then is killed as well.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.Dispose();
    }
}
