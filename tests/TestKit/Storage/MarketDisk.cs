using System.Text;
using System.Text.Json;
using Orleans.Storage;

namespace ProvingMarket.TestKit.Storage;

/// <summary>What is durable. It belongs to the test and outlives every silo that writes to it. With a database the records are there, and what is
/// kept here is only for audits.</summary>
public sealed class MarketDisk
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Record, GrainId Grain), Entry> _entries = [];
    private long _version;

    /// <summary>The largest record that is taken, in bytes; null for any.</summary>
    public int? MaxRecordBytes { get; set; }

    /// <summary>The database that has the records; null when they are in memory.</summary>
    internal MarketDatabase? Database { get; set; }

    /// <summary>Every record of this name and type, by its key: that of its grain, or for a part of a journal that and numbers.</summary>
    public IReadOnlyDictionary<string, TRecord> All<TRecord>(string record)
    {
        lock (_lock)
        {
            return _entries.Where(entry => entry.Key.Record == record && entry.Value.Value is TRecord)
                .ToDictionary(entry => entry.Key.Grain.Key.ToString()!, entry => (TRecord)entry.Value.Value, StringComparer.Ordinal);
        }
    }

    /// <summary>Every record as text, in every form it is kept in, for searches.</summary>
    public string Text()
    {
        lock (_lock)
        {
            return string.Join(
                '\n', _entries.Select(entry => $"{entry.Key} {JsonSerializer.Serialize(entry.Value.Value, entry.Value.Value.GetType())} {Encoding.UTF8.GetString(entry.Value.Bytes)}"));
        }
    }

    internal Entry? Find(string record, GrainId grain)
    {
        lock (_lock) return _entries.GetValueOrDefault((record, grain));
    }

    /// <summary>Writes when <paramref name="etag"/> is the current one (null: there is no record yet) and returns the next one.</summary>
    internal string Write(string record, GrainId grain, object value, byte[] bytes, string? etag)
    {
        lock (_lock)
        {
            var current = _entries.GetValueOrDefault((record, grain))?.ETag;
            if (current != etag) throw new InconsistentStateException($"{record} of {grain} was written by another", current, etag);
            var next = $"{++_version}";
            _entries[(record, grain)] = new Entry(value, bytes, next);
            return next;
        }
    }

    internal void Clear(string record, GrainId grain, string? etag)
    {
        lock (_lock)
        {
            var current = _entries.GetValueOrDefault((record, grain))?.ETag;
            if (current != etag) throw new InconsistentStateException($"{record} of {grain} was written by another", current, etag);
            _entries.Remove((record, grain));
        }
    }

    /// <summary>Notes what the database has now; null when it has no such record any more.</summary>
    internal void Note(string record, GrainId grain, object? value)
    {
        lock (_lock)
        {
            if (value is null) _entries.Remove((record, grain));
            else _entries[(record, grain)] = new Entry(value, [], "");
        }
    }

    /// <summary>Gives a record a new ETag, as if another activation had written the same again.</summary>
    internal void Touch(string record, GrainId grain)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue((record, grain), out var entry)) _entries[(record, grain)] = entry with { ETag = $"{++_version}" };
        }
    }

    /// <summary>A record: the value as it was written, for audits, and its bytes, from which grains load it.</summary>
    internal sealed record Entry(object Value, byte[] Bytes, string ETag);
}
