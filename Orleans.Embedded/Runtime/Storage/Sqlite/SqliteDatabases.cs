using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Outputs;

namespace Orleans.Storage.Sqlite;

/// <summary>Says that a silo has a SQLite storage of this name.</summary>
/// <param name="Name">The storage's name.</param>
internal sealed record SqliteStorageName(string Name);

/// <summary>
/// The data files of a silo. They are opened before the silo starts and closed after it has stopped; storages with the same file share it.
/// </summary>
/// <param name="names">The silo's storages.</param>
/// <param name="options">Their options.</param>
/// <param name="threads">Starts threads.</param>
/// <param name="outputs">Holds back what tells of changes that grains do not wait for.</param>
/// <param name="logger">The log.</param>
internal sealed class SqliteDatabases(
    IEnumerable<SqliteStorageName> names, IOptionsMonitor<SqliteGrainStorageOptions> options, IDedicatedThreads threads, OutputGate outputs, ILogger<SqliteDatabases> logger)
    : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SqliteDatabase> _open = new(StringComparer.Ordinal);
    private string? _synchronous;
    private bool _closed;

    /// <summary>Gets the open data file of a storage.</summary>
    /// <param name="storageName">The storage's name.</param>
    /// <returns>The data file.</returns>
    /// <exception cref="SqliteGrainStorageException">It cannot be opened, or the silo has ended.</exception>
    internal SqliteDatabase Get(string storageName)
    {
        var settings = options.Get(storageName);
        var path = Path.GetFullPath(settings.DataSource);
        lock (_gate)
        {
            if (_open.TryGetValue(path, out var database)) return database;
            if (_closed) throw new SqliteGrainStorageException($"Storage '{storageName}' is closed: its silo has ended.");
            if (settings.ExternalSynchrony) CheckIsTheOnlyOne(storageName, path);
            return _open[path] = SqliteDatabase.Open(settings, threads, logger, settings.ExternalSynchrony ? outputs : null);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var name in names) Get(name.Name);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Closed files stay in the table: whoever still asks is told that they are closed.
        List<SqliteDatabase> open;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            open = [.. _open.Values];
        }

        foreach (var database in open) await database.DisposeAsync();
    }

    /// <inheritdoc/>
    // Hosts that are disposed synchronously; the threads end without anybody's help.
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    // The files would be in step by chance only: one may have what rests on what the other has lost.
    private void CheckIsTheOnlyOne(string storageName, string path)
    {
        if (_synchronous is { } other && other != path)
            throw new SqliteGrainStorageException($"Storage '{storageName}' cannot have {nameof(SqliteGrainStorageOptions.ExternalSynchrony)} with {path}: {other} has it, and a silo has one file of that kind.");
        _synchronous = path;
    }
}
