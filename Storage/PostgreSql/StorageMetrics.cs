using System.Diagnostics.Metrics;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>The meter <c>ProvingMarket.Storage.PostgreSql</c>.</summary>
internal sealed class StorageMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    internal const string MeterName = "ProvingMarket.Storage.PostgreSql";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _writes;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _unknown;
    private readonly Histogram<int> _batches;
    private long _roundTrips;

    /// <summary>Initializes the instruments.</summary>
    public StorageMetrics()
    {
        _writes = _meter.CreateCounter<long>("storage.writes", "{record}", "Changes of records that were committed, those in conflict included.");
        _conflicts = _meter.CreateCounter<long>("storage.conflicts", "{record}", "Changes whose record had another version than was expected.");
        _unknown = _meter.CreateCounter<long>("storage.outcome_unknown", "{record}", "Changes that were under way when a connection was lost.");
        _batches = _meter.CreateHistogram<int>("storage.batch_size", "{record}", "Changes to a transaction.");
    }

    /// <summary>Gets the number of transactions so far.</summary>
    internal long Transactions => Volatile.Read(ref _roundTrips);

    /// <summary>A batch was committed.</summary>
    /// <param name="count">How many changes it had.</param>
    internal void Written(int count)
    {
        Interlocked.Increment(ref _roundTrips);
        _writes.Add(count);
        _batches.Record(count);
    }

    /// <summary>Changes met another version than they expected.</summary>
    /// <param name="count">How many.</param>
    internal void Conflicts(int count) => _conflicts.Add(count);

    /// <summary>Changes were under way when a connection was lost.</summary>
    /// <param name="count">How many.</param>
    internal void OutcomeUnknown(int count) => _unknown.Add(count);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
