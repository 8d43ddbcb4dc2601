using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Storage;

/// <summary>Storages in memory, by name. A testing cluster keeps one of these for all its silos, so that records outlive a killed silo.</summary>
internal sealed class MemoryStores
{
    private readonly ConcurrentDictionary<string, MemoryStore> _stores = new(StringComparer.Ordinal);

    /// <summary>Gets the records of a storage.</summary>
    /// <param name="name">The storage's name.</param>
    /// <returns>The records.</returns>
    internal MemoryStore Get(string name) => _stores.GetOrAdd(name, static _ => new MemoryStore());
}

/// <summary>The records of one storage in memory.</summary>
internal sealed class MemoryStore
{
    private readonly ConcurrentDictionary<(string State, GrainId Grain), Record> _records = new();
    private long _version;

    /// <summary>Reads a record.</summary>
    /// <param name="key">Which record.</param>
    /// <returns>The record, or null.</returns>
    internal Record? Read((string State, GrainId Grain) key) => _records.GetValueOrDefault(key);

    /// <summary>Writes a record, or deletes it, if its version is the expected one.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="expected">The version it was read at; null for none.</param>
    /// <param name="content">The content, or null to delete.</param>
    /// <returns>The new version; null after deletion.</returns>
    /// <exception cref="InconsistentStateException">The version is another.</exception>
    internal string? Replace((string State, GrainId Grain) key, string? expected, byte[]? content)
    {
        var created = content is null ? null : new Record(content, Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture));
        while (true)
        {
            var current = _records.GetValueOrDefault(key);
            if (current?.ETag != expected)
                throw new InconsistentStateException($"The state '{key.State}' of {key.Grain} was changed by another.", current?.ETag, expected);

            var done = (current, created) switch
            {
                (null, null) => true,
                (null, _) => _records.TryAdd(key, created),
                (_, null) => _records.TryRemove(new KeyValuePair<(string, GrainId), Record>(key, current)),
                _ => _records.TryUpdate(key, created, current),
            };
            if (done) return created?.ETag;
        }
    }

    /// <summary>A record.</summary>
    /// <param name="Content">The content, serialized: grain and storage share no object.</param>
    /// <param name="ETag">The version.</param>
    internal sealed record Record(byte[] Content, string ETag);
}

/// <summary>Keeps records in memory. They end with the process.</summary>
/// <param name="store">The records.</param>
/// <param name="serializer">Writes and reads them.</param>
internal sealed class MemoryGrainStorage(MemoryStore store, IGrainStateSerializer serializer) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = store.Read((stateName, grainId));
        grainState.ETag = record?.ETag;
        grainState.RecordExists = record is not null;
        grainState.State = record is null ? StateContent.New<T>() : serializer.Deserialize<T>(record.Content);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        try
        {
            grainState.ETag = store.Replace((stateName, grainId), grainState.ETag, serializer.Serialize(grainState.State));
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        try
        {
            store.Replace((stateName, grainId), grainState.ETag, null);
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }

        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = StateContent.New<T>();
        return Task.CompletedTask;
    }
}
