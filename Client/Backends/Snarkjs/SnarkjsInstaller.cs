using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>
/// Lays the Node side out in the user's cache folder. A package folder appears there by one rename, complete or not at all; a file lock
/// lets one process install while others wait, and is released by the system when its holder dies. What is installed needs no network.
/// </summary>
internal sealed class SnarkjsInstaller(SnarkjsOptions options, SnarkjsPackage package, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(1);

    // Only what the lock file names, no scripts of packages, no messages but errors.
    private static readonly string[] s_npmArguments =
        ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline", "--loglevel=error"];

    private string PackageFolder => Path.Combine(Path.GetFullPath(options.CacheFolder), package.FolderName);

    private bool IsInstalled => File.Exists(Path.Combine(PackageFolder, "node_modules", "snarkjs", "package.json"));

    /// <summary>Path of the script to run, installing first if this user never did.</summary>
    /// <exception cref="ProverBackendException">It cannot be installed.</exception>
    public async Task<string> EnsureAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        try
        {
            if (!IsInstalled)
                await InstallAsync(progress, cancellationToken);
            return Path.Combine(LayOutScripts(), SnarkjsPackage.EntryScript);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(exception.Message, exception);
        }
    }

    private async Task InstallAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.InstallTimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        Directory.CreateDirectory(options.CacheFolder);
        try
        {
            await using var held = await LockAsync(progress, either.Token);
            if (!IsInstalled)
                await InstallLockedAsync(progress, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"not done within {nameof(SnarkjsOptions.InstallTimeLimit)} = {options.InstallTimeLimit}");
        }
    }

    private async Task<FileStream> LockAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var path = $"{PackageFolder}.lock";
        for (var announced = false; ; announced = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!announced)
                    progress?.Report($"Waiting for another process that installs snarkjs {package.SnarkjsVersion}");
                await Task.Delay(s_lockRetry, time, cancellationToken);
            }
        }
    }

    private async Task InstallLockedAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var npm = Executables.Resolve(options.NpmExecutable, nameof(SnarkjsOptions.NpmExecutable));
        var started = time.GetTimestamp();
        SnarkjsLog.Installing(logger, package.SnarkjsVersion, PackageFolder);
        progress?.Report($"Installing snarkjs {package.SnarkjsVersion} into {PackageFolder} (first use only)");

        // We hold the lock: whatever is there was left by an installation that died, or is incomplete.
        foreach (var leftover in Directory.GetDirectories(options.CacheFolder, $"{package.FolderName}.*.tmp"))
            Directory.Delete(leftover, recursive: true);
        if (Directory.Exists(PackageFolder))
            Directory.Delete(PackageFolder, recursive: true);

        var temporary = $"{PackageFolder}.{Guid.NewGuid():N}.tmp";
        try
        {
            SnarkjsPackage.Write(package.Package, temporary);
            await RunNpmAsync(npm, temporary, progress, cancellationToken);
            Directory.Move(temporary, PackageFolder);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }

        var elapsed = time.GetElapsedTime(started);
        SnarkjsLog.Installed(logger, package.SnarkjsVersion, elapsed);
        progress?.Report($"Installed snarkjs {package.SnarkjsVersion} in {elapsed.TotalSeconds:F1} s");
    }

    private async Task RunNpmAsync(string npm, string folder, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(new ProcessStartInfo(npm, s_npmArguments) { WorkingDirectory = folder });
        child.Input.Close();
        var output = new OutputTail();
        var pumped = output.PumpAsync(child.Output);
        await using (cancellationToken.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), child))
            await ReportUntilAsync(child.Exited, progress);
        cancellationToken.ThrowIfCancellationRequested();

        await child.DrainErrorsAsync();
        if (await child.Exited is var exitCode and not 0)
            throw Failed($"'{npm} ci' ended with exit code {exitCode}: {child.Errors}");
        if (!File.Exists(Path.Combine(folder, "node_modules", "snarkjs", "package.json")))
            throw Failed($"'{npm} ci' reported success without installing snarkjs: {child.Errors}");
        await pumped;
    }

    private async Task ReportUntilAsync(Task finished, IProgress<string>? progress)
    {
        var started = time.GetTimestamp();
        while (await Task.WhenAny(finished, Task.Delay(s_progressInterval, time)) != finished)
            progress?.Report($"Installing snarkjs {package.SnarkjsVersion}: {time.GetElapsedTime(started).TotalSeconds:F0} s");
    }

    // Needs no lock: whoever renames first wins, and the content is the same.
    private string LayOutScripts()
    {
        var folder = Path.Combine(PackageFolder, package.ScriptsFolderName);
        if (Directory.Exists(folder))
            return folder;

        var temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        SnarkjsPackage.Write(package.Scripts, temporary);
        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(temporary, recursive: true);
        }

        return folder;
    }

    private ProverBackendException Failed(string why, Exception? inner = null) =>
        new(ProverFailureReason.InstallFailed, $"snarkjs {package.SnarkjsVersion} could not be installed into {PackageFolder}: {why}", inner);
}
