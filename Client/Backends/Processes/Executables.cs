namespace ProvingMarket.Client.Backends.Processes;

/// <summary>Finds executables. Unlike starting a process by name, it never takes one from the current folder.</summary>
internal static class Executables
{
    /// <summary>Absolute path of an executable given as a path or as a name to look up in PATH.</summary>
    /// <param name="nameOrPath">What the user configured.</param>
    /// <param name="setting">Name of the setting, for the refusal.</param>
    /// <exception cref="ProverBackendException">There is none, or it cannot be executed.</exception>
    public static string Resolve(string nameOrPath, string setting)
    {
        if (nameOrPath.AsSpan().ContainsAny('/', Path.DirectorySeparatorChar))
        {
            var path = Path.GetFullPath(nameOrPath);
            if (Directory.Exists(path)) throw Unusable($"cannot be run: {path} is a folder");
            if (!File.Exists(path)) throw Missing($"there is no file {path}");
            return IsExecutable(path) ? path : throw Unusable($"cannot be run: {path} is not executable");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd", ""] : [""];
        var found = from folder in folders
                    where Path.IsPathFullyQualified(folder)
                    from suffix in suffixes
                    let path = Path.Combine(folder, nameOrPath + suffix)
                    where File.Exists(path) && IsExecutable(path)
                    select path;
        return found.FirstOrDefault() ?? throw Missing("it is not in PATH");

        ProverBackendException Missing(string why) => Unusable($"was not found: {why}");

        ProverBackendException Unusable(string why) => new(ProverFailureReason.BackendMissing, $"{setting} '{nameOrPath}' {why}");
    }

    /// <summary>Whether anybody may execute it; who exactly, only the operating system can say.</summary>
    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
