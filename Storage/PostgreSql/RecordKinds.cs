using System.Collections.Concurrent;
using Npgsql;
using ProvingMarket.Storage.PostgreSql.Connections;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>The kinds of records in a schema, by number. Any silo may add kinds; none deletes them.</summary>
/// <param name="connection">A connection of its own.</param>
/// <param name="source">The database.</param>
internal sealed class RecordKinds(LastingConnection connection, PostgreSqlSource source) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<RecordKind, int> _ids = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Finds the number of a kind, adding the kind if there is none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="PostgreSqlGrainStorageException">It could not be found out.</exception>
    internal ValueTask<int> GetAsync(RecordKind kind, CancellationToken cancellationToken) =>
        _ids.TryGetValue(kind, out var id) ? ValueTask.FromResult(id) : new ValueTask<int>(LookUpAsync(kind, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await connection.DisposeAsync();
    }

    // Not on the caller's scheduler: a grain's ends with its silo, and would leave with everybody's turn.
    private Task<int> LookUpAsync(RecordKind kind, CancellationToken cancellationToken) =>
        Task.Run(() => FindAsync(kind), CancellationToken.None).WaitAsync(cancellationToken);

    private async Task<int> FindAsync(RecordKind kind)
    {
        await _turn.WaitAsync();
        try
        {
            if (_ids.TryGetValue(kind, out var id)) return id;
            return _ids[kind] = await FindOrAddAsync(await connection.GetAsync(), kind);
        }
        catch (Exception error) when (error is not PostgreSqlGrainStorageException)
        {
            await connection.LoseAsync();
            throw PostgreSqlGrainStorageException.Of($"The kind '{kind.State}' of {kind.GrainType} in storage '{kind.Storage}' could not be looked up in {source.Description}: {error.Message}", error);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<int> FindOrAddAsync(NpgsqlConnection open, RecordKind kind)
    {
        const string Fits = "storage = $1 AND state = $2 AND grain_type = $3";
        if (await ScalarAsync(open, kind, $"SELECT id FROM {source.Names.Kind} WHERE {Fits}") is int known) return known;
        if (await ScalarAsync(open, kind, $"INSERT INTO {source.Names.Kind} (storage, state, grain_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id") is int added) return added;
        return (int)(await ScalarAsync(open, kind, $"SELECT id FROM {source.Names.Kind} WHERE {Fits}"))!;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection open, RecordKind kind, string sql)
    {
        await using var command = new NpgsqlCommand(sql, open);
        foreach (var part in new[] { kind.Storage, kind.State, kind.GrainType.ToString()! }) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = part });
        return await command.ExecuteScalarAsync();
    }
}
