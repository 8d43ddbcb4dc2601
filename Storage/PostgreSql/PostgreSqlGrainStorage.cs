using System.Globalization;
using Orleans.Storage;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>A named storage in a database. Records are JSON, the same bytes as in SQLite.</summary>
/// <param name="name">The storage's name.</param>
/// <param name="options">The limits.</param>
/// <param name="codec">Writes and reads records.</param>
/// <param name="database">Gets the open database.</param>
internal sealed class PostgreSqlGrainStorage(string name, PostgreSqlGrainStorageOptions options, JsonCodec codec, Func<CancellationToken, ValueTask<PostgreSqlDatabase>> database) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        var open = await database(cancellationToken);
        var record = await open.ReadAsync(KeyOf(stateName, grainId), cancellationToken);
        grainState.State = record is null ? StateContent.New<T>() : codec.Deserialize<T>(record.Data);
        grainState.ETag = record?.Version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = record is not null;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Serialized before anything is waited for: the caller may change the content afterwards.
        var write = new PendingWrite(KeyOf(stateName, grainId), grainState.ETag, Serialize(stateName, grainId, grainState.State));
        grainState.ETag = await WriteAsync(write, cancellationToken);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await WriteAsync(new PendingWrite(KeyOf(stateName, grainId), grainState.ETag, data: null), cancellationToken);
        grainState.State = StateContent.New<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private async Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        PostgreSqlDatabase open;
        try
        {
            open = await database(cancellationToken);
        }
        catch
        {
            write.Data?.Dispose();
            throw;
        }

        return await open.WriteAsync(write, cancellationToken);
    }

    private RecordKey KeyOf(string stateName, GrainId grainId) => stateName.Contains('\0', StringComparison.Ordinal)
        ? throw new PostgreSqlGrainStorageException("The name of a state must not contain a NUL character.")
        : new RecordKey(new RecordKind(name, stateName, grainId.Type), grainId.Key);

    private PooledBuffer Serialize<T>(string stateName, GrainId grainId, T? state)
    {
        try
        {
            return codec.Serialize(state, options.MaxRecordBytes, nameof(options.MaxRecordBytes));
        }
        catch (Exception error)
        {
            throw PostgreSqlGrainStorageException.Of($"The state '{stateName}' of {grainId} cannot be written to storage '{name}': {error.Message}", error);
        }
    }
}
