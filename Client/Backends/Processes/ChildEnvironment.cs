using System.Diagnostics;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>The environment of a proving process: named variables only, so that the worker's secrets stay with the worker.</summary>
internal static class ChildEnvironment
{
    private static readonly string[] s_always =
        ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SystemRoot", "SystemDrive", "USERPROFILE", "PATHEXT"];

    /// <summary>Replaces the inherited environment by its allowed part, then by what is set on purpose.</summary>
    public static void Restrict(ProcessStartInfo description, IEnumerable<string> passed, IEnumerable<KeyValuePair<string, string>> set)
    {
        description.Environment.Clear();
        foreach (var name in s_always.Concat(passed))
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                description.Environment[name] = value;
        }

        foreach (var (name, value) in set)
            description.Environment[name] = value;
    }
}
