using System.Diagnostics;

namespace ProvingMarket.PostgreSqlFixture;

/// <summary>The programs of a PostgreSQL installation, run as a user that is not root: PostgreSQL refuses root.</summary>
internal sealed class PostgreSqlPrograms
{
    private const string Package = "postgresql-15";
    private const string Owner = "postgres";
    private const string Installations = "/usr/lib/postgresql";

    private readonly string _folder;

    private PostgreSqlPrograms(string folder) => _folder = folder;

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Finds the programs, installing them when they are missing and this is root on Debian.</summary>
    internal static async Task<PostgreSqlPrograms> FindAsync()
    {
        if (Find() is { } found) return new PostgreSqlPrograms(found);

        if (!IsRoot || !File.Exists("/usr/bin/apt-get"))
            throw new InvalidOperationException($"PostgreSQL is not installed (no initdb in {Installations}/*/bin or PATH). Install it, on Debian with: apt-get install {Package}");

        // Other test projects may be at it, too; apt waits for its own lock.
        await RunSystemAsync("apt-get", ["-o", "DPkg::Lock::Timeout=600", "update", "-q"]);
        await RunSystemAsync("apt-get", ["-o", "DPkg::Lock::Timeout=600", "install", "-y", "-q", "--no-install-recommends", Package], ("DEBIAN_FRONTEND", "noninteractive"));
        return new PostgreSqlPrograms(Find() ?? throw new InvalidOperationException($"{Package} was installed and has no initdb in {Installations}/*/bin."));
    }

    /// <summary>Gives files to the user that the programs run as.</summary>
    internal async Task OwnAsync(params string[] paths)
    {
        if (IsRoot) await RunSystemAsync("chown", [Owner, .. paths]);
    }

    /// <summary>Runs a program to its end.</summary>
    internal Task RunAsync(string program, params string[] arguments) => CompleteAsync(Start(program, arguments), program);

    /// <summary>Starts a program. Its process id is the program's own.</summary>
    internal Process Start(string program, string[] arguments)
    {
        var path = Path.Combine(_folder, program);
        return IsRoot
            ? StartProcess("setpriv", [$"--reuid={Owner}", $"--regid={Owner}", "--clear-groups", path, .. arguments])
            : StartProcess(path, arguments);
    }

    private static string? Find()
    {
        var installed = Directory.Exists(Installations) ? Directory.GetDirectories(Installations).OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [];
        return installed.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }

    private static Task RunSystemAsync(string program, string[] arguments, params (string Name, string Value)[] environment) =>
        CompleteAsync(StartProcess(program, arguments, environment), program);

    private static async Task CompleteAsync(Process process, string program)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error}{await output}");
        }
    }

    private static Process StartProcess(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }
}
