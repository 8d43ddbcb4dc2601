using System.Globalization;
using Orleans.Configuration;
using Orleans.Runtime;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>A named storage in a data file. Records are JSON.</summary>
/// <param name="name">The storage's name.</param>
/// <param name="options">The limits.</param>
/// <param name="codec">Writes and reads records.</param>
/// <param name="database">Gets the open data file.</param>
internal sealed class SqliteGrainStorage(string name, SqliteGrainStorageOptions options, JsonCodec codec, Func<SqliteDatabase> database) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        using var record = await database().ReadAsync(KeyOf(stateName, grainId), cancellationToken);
        grainState.State = record is null ? StateContent.New<T>() : codec.Deserialize<T>(record.Data.Written);
        grainState.ETag = record?.Version.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = record is not null;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        try
        {
            var data = Serialize(stateName, grainId, grainState.State);
            return cancellationToken.CanBeCanceled
                ? WriteUnlessCancelledAsync(new PendingWrite(KeyOf(stateName, grainId), grainState.ETag, data), grainState, cancellationToken)
                : database().WriteAsync(new StateWrite<T>(KeyOf(stateName, grainId), grainState, data), cancellationToken);
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await database().WriteAsync(new PendingWrite(KeyOf(stateName, grainId), grainState.ETag, data: null), cancellationToken);
        grainState.State = StateContent.New<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    /// <summary>Notes the version only if the caller still waits for it.</summary>
    private async Task WriteUnlessCancelledAsync<T>(PendingWrite write, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        grainState.ETag = await database().WriteAsync(write, cancellationToken);
        grainState.RecordExists = true;
    }

    /// <summary>A write that notes the version by itself, so that nobody has to be woken for that.</summary>
    private sealed class StateWrite<T>(RecordKey key, IGrainState<T> state, PooledBuffer data) : PendingWrite(key, state.ETag, data)
    {
        private protected override void OnWritten(string? version)
        {
            state.ETag = version;
            state.RecordExists = true;
        }
    }

    private RecordKey KeyOf(string stateName, GrainId grainId) => new(new RecordKind(name, stateName, grainId.Type), grainId.Key);

    private PooledBuffer Serialize<T>(string stateName, GrainId grainId, T? state)
    {
        try
        {
            return codec.Serialize(state, options.MaxRecordBytes, nameof(options.MaxRecordBytes));
        }
        catch (Exception error)
        {
            throw new SqliteGrainStorageException($"The state '{stateName}' of {grainId} cannot be written to storage '{name}': {error.Message}", error);
        }
    }
}
