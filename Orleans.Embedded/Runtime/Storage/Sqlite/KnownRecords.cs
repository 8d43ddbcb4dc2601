using Orleans.Runtime;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Which records a data file may have: two bytes a record. What it denies is not there, so a grain that is new learns without a read that
/// it has no record. What it does not deny has to be read.
/// </summary>
/// <remarks>
/// A filter forgets nothing. So when more of what was added has gone than is there, the records are found anew for a new filter, beside everything else, as they are when the file is
/// opened; what is added meanwhile goes into both, and the old one answers until the new one has everything. Memory follows the records that there are, twice over at most and some more meanwhile.
/// </remarks>
/// <param name="firstCapacity">How many records the first part of a filter is for, and how many have to have gone at least; a power of two, from 4.</param>
internal sealed class KnownRecords(int firstCapacity = KnownRecords.FirstCapacity)
{
    private const int FirstCapacity = 1 << 14;

    // Monitor, because the scanning thread waits for it to be pulsed.
    private readonly object _gate = new();
    private volatile RecordFilter _filter = new(firstCapacity);
    private RecordFilter? _next;
    private readonly HashSet<ulong> _announced = [];
    private long _gone;
    private volatile bool _isComplete;
    private bool _hasFailed;
    private bool _closed;

    /// <summary>Gets a value indicating whether the records that the file has are to be found.</summary>
    internal bool IsScanWanted
    {
        get
        {
            lock (_gate) return ScanIsWanted();
        }
    }

    /// <summary>Gets how many bytes this takes.</summary>
    internal long Bytes
    {
        get
        {
            lock (_gate) return _filter.Bytes + (_next?.Bytes ?? 0);
        }
    }

    /// <summary>Waits until the records that the file has are to be found.</summary>
    /// <returns>False once closed.</returns>
    internal bool WaitUntilScanIsWanted()
    {
        lock (_gate)
        {
            while (!_closed && !ScanIsWanted()) Monitor.Wait(_gate);
            return !_closed;
        }
    }

    /// <summary>Adds a record that the file had already.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    internal void Found(long kindId, ReadOnlySpan<byte> key)
    {
        var hash = HashOf(kindId, key);
        lock (_gate) (_next ?? _filter).Add(hash);
    }

    /// <summary>Says that the records the file has have all been found; before the first time nothing is denied.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            if (_next is { } next)
            {
                foreach (var hash in _announced) next.Add(hash);
                _filter = next;
            }

            _next = null;
            _isComplete = true;
        }
    }

    /// <summary>Says that they could not be found: at first, nothing is denied from then on; later, what was known stays, and it is tried again when as many more have gone.</summary>
    internal void GiveUp()
    {
        lock (_gate)
        {
            _hasFailed = !_isComplete;
            _next = null;
            _gone = 0;
        }
    }

    /// <summary>Says that a record is going to be added, unless it may be there already. It may be asked for from now on.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    /// <returns>False when there may be such a record.</returns>
    internal bool TryAnnounce(long kindId, IdSpan key)
    {
        var hash = HashOf(kindId, key.AsSpan());
        if (!_isComplete || _filter.MayContain(hash)) return false;
        lock (_gate)
        {
            // Until then it is in no transaction, and nobody who looks into the file finds it.
            _filter.Add(hash);
            _announced.Add(hash);
        }

        return true;
    }

    /// <summary>Says that a record that was announced is in the file: whoever looks into that finds it.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    internal void Arrived(long kindId, IdSpan key)
    {
        var hash = HashOf(kindId, key.AsSpan());
        lock (_gate) _announced.Remove(hash);
    }

    /// <summary>Adds a record. To be called before it can be read, in a transaction.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    internal void Add(long kindId, ReadOnlySpan<byte> key)
    {
        var hash = HashOf(kindId, key);
        lock (_gate)
        {
            if (!_announced.Contains(hash)) _filter.Add(hash);
            _next?.Add(hash);
        }
    }

    /// <summary>Says that records that were added are not there any more, or have not come to be. Nothing is denied because of it: it is only counted.</summary>
    /// <param name="count">How many.</param>
    internal void Gone(int count = 1)
    {
        lock (_gate) _gone += count;
    }

    /// <summary>
    /// Has the records found anew when too many have gone. To be called between transactions: whatever was added is in the file by then or never will be, so whoever looks into the file from
    /// now on finds what is not added from now on, in the index; what that does not name yet comes from memory.
    /// </summary>
    /// <param name="unindexed">The records that the index does not name.</param>
    internal void RenewIfWorn(IEnumerable<(long KindId, IdSpan GrainKey)> unindexed)
    {
        lock (_gate)
        {
            if (!_isComplete || _next is not null || _gone < firstCapacity || _gone <= _filter.Added / 2) return;
            _next = new RecordFilter(firstCapacity);
            foreach (var (kindId, grainKey) in unindexed) _next.Add(HashOf(kindId, grainKey.AsSpan()));
            _gone = 0;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the waiting.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says whether there may be a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    /// <returns>False only when there is none.</returns>
    internal bool MayContain(long kindId, IdSpan key) => !_isComplete || _filter.MayContain(HashOf(kindId, key.AsSpan()));

    private bool ScanIsWanted() => _next is not null || (!_isComplete && !_hasFailed);

    // FNV-1a with the final mix of SplitMix64.
    private static ulong HashOf(long kindId, ReadOnlySpan<byte> key)
    {
        var hash = unchecked((14695981039346656037UL ^ (ulong)kindId) * 1099511628211UL);
        foreach (var b in key) hash = unchecked((hash ^ b) * 1099511628211UL);
        hash = unchecked((hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9UL);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94d049bb133111ebUL);
        return hash ^ (hash >> 31);
    }
}
