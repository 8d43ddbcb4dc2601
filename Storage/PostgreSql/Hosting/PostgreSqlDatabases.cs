using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Storage.PostgreSql.Hosting;

/// <summary>Says that a silo has a PostgreSQL storage of this name.</summary>
/// <param name="Name">The storage's name.</param>
internal sealed record PostgreSqlStorageName(string Name);

/// <summary>
/// The databases of a silo. They are opened before the silo starts and closed after it has stopped; storages with the same database and schema
/// share it.
/// </summary>
/// <param name="names">The silo's storages.</param>
/// <param name="options">Their options.</param>
/// <param name="lifetime">Ends the silo when it has lost a database that has to be its own.</param>
/// <param name="logger">The log.</param>
internal sealed class PostgreSqlDatabases(
    IEnumerable<PostgreSqlStorageName> names, IOptionsMonitor<PostgreSqlGrainStorageOptions> options, IHostApplicationLifetime lifetime, ILogger<PostgreSqlDatabases> logger)
    : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<(string ConnectionString, string Schema), PostgreSqlDatabase> _open = [];
    private volatile Dictionary<string, PostgreSqlDatabase> _byName = new(StringComparer.Ordinal);
    private bool _closed;

    /// <summary>Gets the open database of a storage.</summary>
    /// <param name="storageName">The storage's name.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The database.</returns>
    /// <exception cref="PostgreSqlGrainStorageException">It cannot be opened, or the silo has ended.</exception>
    internal ValueTask<PostgreSqlDatabase> GetAsync(string storageName, CancellationToken cancellationToken) =>
        _byName.TryGetValue(storageName, out var database) ? ValueTask.FromResult(database) : new ValueTask<PostgreSqlDatabase>(LookUpAsync(storageName, cancellationToken));

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var name in names) await GetAsync(name.Name, cancellationToken);
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
    /// <exception cref="PostgreSqlInUseException">The silo ended because it has lost a database to another one.</exception>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        if (_open.Values.FirstOrDefault(database => database.Lost is { IsCompleted: true }) is { } lost) throw await lost.Lost!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            // Closed databases stay in the table: whoever still asks is told that they are closed.
            if (_closed) return;
            _closed = true;
            foreach (var database in _open.Values) await database.DisposeAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    // Hosts that are disposed synchronously.
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    // Not on the caller's scheduler: a grain's ends with its silo, and would leave with everybody's turn.
    private Task<PostgreSqlDatabase> LookUpAsync(string storageName, CancellationToken cancellationToken) =>
        Task.Run(() => OpenAsync(storageName), CancellationToken.None).WaitAsync(cancellationToken);

    private async Task<PostgreSqlDatabase> OpenAsync(string storageName)
    {
        var settings = options.Get(storageName);
        await _turn.WaitAsync();
        try
        {
            if (_closed) throw new PostgreSqlGrainStorageException($"Storage '{storageName}' is closed: its silo has ended.");
            if (!_open.TryGetValue((settings.ConnectionString, settings.Schema), out var database))
            {
                database = await PostgreSqlDatabase.OpenAsync(settings, TimeProvider.System, logger);
                _open.Add((settings.ConnectionString, settings.Schema), database);
                _ = database.Lost?.ContinueWith(_ => lifetime.StopApplication(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            _byName = new Dictionary<string, PostgreSqlDatabase>(_byName, StringComparer.Ordinal) { [storageName] = database };
            return database;
        }
        finally
        {
            _turn.Release();
        }
    }
}
