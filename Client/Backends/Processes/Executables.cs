namespace ProvingMarket.Client.Backends.Processes;

/// <summary>Finds executables. Unlike starting a process by name, it never takes one from the current folder.</summary>
internal static class Executables
{
    /// <summary>Absolute path of an executable given as a path or as a name to look up in PATH.</summary>
    /// <param name="nameOrPath">What the user configured.</param>
    /// <param name="setting">Name of the setting, for the refusal.</param>
    /// <exception cref="ProverBackendException">There is none.</exception>
    public static string Resolve(string nameOrPath, string setting)
    {
        if (nameOrPath.AsSpan().ContainsAny('/', Path.DirectorySeparatorChar))
        {
            var path = Path.GetFullPath(nameOrPath);
            return File.Exists(path) ? path : throw Missing($"there is no file {path}");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd", ""] : [""];
        var found = from folder in folders
                    where Path.IsPathFullyQualified(folder)
                    from suffix in suffixes
                    let path = Path.Combine(folder, nameOrPath + suffix)
                    where File.Exists(path)
                    select path;
        return found.FirstOrDefault() ?? throw Missing("it is not in PATH");

        ProverBackendException Missing(string why) =>
            new(ProverFailureReason.BackendMissing, $"{setting} '{nameOrPath}' was not found: {why}");
    }
}
