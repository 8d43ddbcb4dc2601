using Orleans.Runtime;
using Orleans.Runtime.Reminders;
using Orleans.Simulation.Storage;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>What is durable.</summary>
public sealed class SimulatedDisk
{
    // Enumerated in the order of creation, but for records that took the place of deleted ones: never by hash, which differs from process to process.
    private readonly Dictionary<(string Storage, string State, GrainId Grain), SimulatedRecord> _records = new(ByGrain.Instance);
    private readonly Dictionary<(string Grain, string Name), ReminderRow> _reminders = [];
    private long _versions;

    internal SimulatedDisk()
    {
    }

    /// <summary>Raised at every change, with the record as it was and as it is; null for one that does not exist. The change is durable, its writer may not know yet.</summary>
    public event Action<SimulatedRecord?, SimulatedRecord?>? Changed;

    /// <summary>Gets the number of changes so far.</summary>
    public long Changes { get; private set; }

    /// <summary>Gets all records, in an order that depends on the run only.</summary>
    public IReadOnlyCollection<SimulatedRecord> Records => _records.Values;

    /// <summary>Gets the reminders that are kept.</summary>
    public IReadOnlyCollection<SimulatedReminder> Reminders => [.. _reminders.Values.Select(row => new SimulatedReminder(GrainId.Parse(row.GrainId), row.Name, row.StartAt, row.Period))];

    /// <summary>Gets the reminders as the engine keeps them.</summary>
    internal IReadOnlyList<ReminderRow> ReminderRows => [.. _reminders.Values];

    /// <summary>Finds a record.</summary>
    /// <param name="storageName">The storage's name.</param>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">The grain.</param>
    /// <returns>The record, or null.</returns>
    public SimulatedRecord? Find(string storageName, string stateName, GrainId grainId) => _records.GetValueOrDefault((storageName, stateName, grainId));

    /// <summary>Writes a record, or deletes it, if its version is the expected one.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="expected">The version it was read at; null for none.</param>
    /// <param name="content">The content, or null to delete.</param>
    /// <returns>The record; null after deletion.</returns>
    /// <exception cref="InconsistentStateException">The version is another.</exception>
    internal SimulatedRecord? Replace((string Storage, string State, GrainId Grain) key, string? expected, RecordContent? content) =>
        Replace(key, expected, content is null ? null : NextVersionOf(key, content));

    /// <summary>Makes the next version of a record, which is not on the disk yet.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="content">The content.</param>
    /// <returns>The version.</returns>
    internal SimulatedRecord NextVersionOf((string Storage, string State, GrainId Grain) key, RecordContent content) => new(key, ++_versions, content);

    /// <summary>Writes a version of a record, or deletes it, if its version is the expected one.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="expected">The version it was read at; null for none.</param>
    /// <param name="record">The version, or null to delete.</param>
    /// <returns>The record; null after deletion.</returns>
    /// <exception cref="InconsistentStateException">The version is another.</exception>
    internal SimulatedRecord? Replace((string Storage, string State, GrainId Grain) key, string? expected, SimulatedRecord? record)
    {
        var current = _records.GetValueOrDefault(key);
        if (current?.ETag != expected)
            throw new InconsistentStateException($"The state '{key.State}' of {key.Grain} was changed by another.", current?.ETag, expected);

        Changes++;
        if (record is null) _records.Remove(key);
        else _records[key] = record;
        if (record is not null || current is not null) Changed?.Invoke(current, record);
        return record;
    }

    /// <summary>Hashes all records: the same for the same contents, in every process.</summary>
    /// <returns>The hash.</returns>
    internal ulong Hash() => _records.Values.Aggregate((ulong)Changes, (hash, record) => StableHash.Mix(hash, StableHash.OfAll(record.Bytes)));

    /// <summary>Gives a record another version, as one does who writes it without changing it.</summary>
    /// <param name="key">Which record.</param>
    /// <returns>Whether there is one.</returns>
    internal bool Touch((string Storage, string State, GrainId Grain) key)
    {
        if (_records.GetValueOrDefault(key) is not { } current) return false;

        Replace(key, current.ETag, current.Kept);
        return true;
    }

    /// <summary>Adds a reminder, or replaces it.</summary>
    /// <param name="row">The reminder.</param>
    internal void Upsert(ReminderRow row) => _reminders[(row.GrainId, row.Name)] = row;

    /// <summary>Removes a reminder, unless it has been replaced.</summary>
    /// <param name="row">The reminder.</param>
    internal void Remove(ReminderRow row)
    {
        if (_reminders.GetValueOrDefault((row.GrainId, row.Name))?.ETag == row.ETag) _reminders.Remove((row.GrainId, row.Name));
    }

    // The hash of a grain's identity is known already, and few records have the same grain.
    private sealed class ByGrain : IEqualityComparer<(string Storage, string State, GrainId Grain)>
    {
        internal static readonly ByGrain Instance = new();

        public bool Equals((string Storage, string State, GrainId Grain) x, (string Storage, string State, GrainId Grain) y) =>
            x.Grain == y.Grain && string.Equals(x.State, y.State, StringComparison.Ordinal) && string.Equals(x.Storage, y.Storage, StringComparison.Ordinal);

        public int GetHashCode((string Storage, string State, GrainId Grain) key) => unchecked((key.Grain.GetHashCode() * 31) + key.State.Length);
    }
}

/// <summary>A durable reminder.</summary>
/// <param name="GrainId">The grain.</param>
/// <param name="Name">The reminder's name.</param>
/// <param name="StartAt">When its first tick is due, by the clock of the silo that registered it (UTC).</param>
/// <param name="Period">The time between ticks.</param>
public sealed record SimulatedReminder(GrainId GrainId, string Name, DateTime StartAt, TimeSpan Period);
