using System.ComponentModel;
using Microsoft.Extensions.Logging;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Command;

/// <summary>
/// The folders of one backend's jobs, under a lock file that it holds while it lives. Opening an area sweeps what dead owners left: their
/// folders, with the inputs in them, and on Linux the commands that still run for them (which their guard should have ended already).
/// </summary>
internal sealed class WorkArea : IDisposable
{
    private const string LockSuffix = ".lock";
    private const string IdFormat = "N";
    private const int MaxAttempts = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly OrphanGuard? _guard;
    private readonly ILogger _logger;
    private int _lastJob;

    private WorkArea(string folder, FileStream held, ILogger logger)
    {
        _folder = folder;
        _lock = held;
        _logger = logger;
        _guard = Guard($"{Path.GetFileName(folder)}/", logger);
    }

    public static WorkArea Open(string root, ILogger logger)
    {
        root = Path.GetFullPath(root);
        CreatePrivate(root);
        foreach (var lockFile in Directory.GetFiles(root, $"*{LockSuffix}"))
            SweepIfDead(lockFile, logger);

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var folder = Path.Combine(root, Guid.NewGuid().ToString(IdFormat));
            if (TryLock(folder + LockSuffix, FileMode.OpenOrCreate) is not { } held)
                continue; // a sweep took it for a dead one just as it was made

            CreatePrivate(folder);
            return new WorkArea(folder, held, logger);
        }

        throw new IOException("no lock file can be made in it");
    }

    public JobFolder CreateJob()
    {
        var number = Interlocked.Increment(ref _lastJob);
        var folder = Path.Combine(_folder, $"{number}");
        CreatePrivate(folder);
        return new JobFolder(folder, $"{Path.GetFileName(_folder)}/{number}/", _logger);
    }

    public void Dispose()
    {
        _guard?.Dispose();
        Remove(_folder, _logger);
        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    /// <summary>Removes a folder with all in it; one that a command made unremovable stays, and the log says so.</summary>
    internal static void Remove(string folder, ILogger logger)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            CommandLog.NotRemoved(logger, folder, exception.Message);
        }
    }

    private static OrphanGuard? Guard(string prefix, ILogger logger)
    {
        try
        {
            return OrphanGuard.Start(prefix);
        }
        catch (Win32Exception exception)
        {
            CommandLog.NotGuarded(logger, exception.Message);
            return null;
        }
    }

    // Only what carries a name that we give is ours to remove.
    private static void SweepIfDead(string lockFile, ILogger logger)
    {
        var id = Path.GetFileNameWithoutExtension(lockFile);
        if (!Guid.TryParseExact(id, IdFormat, out _) || TryLock(lockFile, FileMode.Open) is not { } held)
            return;

        using (held)
        {
            CommandLog.Sweeping(logger, id);
            MarkedProcesses.KillAll($"{id}/");
            Remove(lockFile[..^LockSuffix.Length], logger);
            File.Delete(lockFile);
        }
    }

    // Null while another process holds it, and when it is gone.
    private static FileStream? TryLock(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly);
    }
}

/// <summary>One job's folder; disposing removes it.</summary>
internal sealed class JobFolder(string path, string mark, ILogger logger) : IDisposable
{
    public string Path { get; } = path;

    /// <summary>Marks the job's processes, see <see cref="MarkedProcesses"/>.</summary>
    public string Mark { get; } = mark;

    public string Input => System.IO.Path.Combine(Path, "input.json");

    public string Proof => System.IO.Path.Combine(Path, "proof.json");

    public string PublicInputs => System.IO.Path.Combine(Path, "public.json");

    public void Dispose() => WorkArea.Remove(Path, logger);
}
