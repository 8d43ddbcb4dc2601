using System.Diagnostics;

namespace ProvingMarket.Client.Tests.Backends;

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("backend-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content)
    {
        File.WriteAllText(this[name], content);
        return this[name];
    }

    /// <summary>
    /// Writes a shell script that can be started by its path. Another process writes it: while we held it open for writing, any process started
    /// meanwhile would inherit it for a moment, and the script could not be executed.
    /// </summary>
    public string WriteExecutable(string name, string body)
    {
        using var process = Process.Start("/bin/sh", ["-c", "printf '%s\\n' \"$1\" > \"$2\" && chmod +x \"$2\"", "sh", $"#!/bin/sh\n{body}", this[name]]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
