using Orleans.Runtime;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Which records a data file may have: two bytes a record. What it denies was never written, so a grain that is new learns without a read that
/// it has no record. What it does not deny has to be read. Records that were deleted go on counting until the file is opened again.
/// </summary>
/// <remarks>Bloom filters, a further one whenever the last is full. Asking takes no lock.</remarks>
internal sealed class KnownRecords
{
    private const int BitsPerRecord = 16;
    private const int BitsPerWord = 64;
    private const int Probes = 4;
    private const int FirstCapacity = 1 << 14;
    private const int LargestCapacity = 1 << 20;

    private readonly Lock _gate = new();
    private volatile ulong[][] _filters = [new ulong[FirstCapacity * BitsPerRecord / BitsPerWord]];
    private volatile bool _isComplete;
    private int _capacity = FirstCapacity;
    private int _inLast;

    /// <summary>Says that the records the file had when it was opened have all been added; nothing is denied before.</summary>
    internal void Complete() => _isComplete = true;

    /// <summary>Adds a record. To be called before it can be read.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    internal void Add(long kindId, ReadOnlySpan<byte> key)
    {
        var hash = HashOf(kindId, key);
        lock (_gate)
        {
            if (_inLast == _capacity)
            {
                _capacity = Math.Min(2 * _capacity, LargestCapacity);
                _filters = [.. _filters, new ulong[_capacity * BitsPerRecord / BitsPerWord]];
                _inLast = 0;
            }

            var filter = _filters[^1];
            for (var probe = 0; probe < Probes; probe++)
            {
                var bit = BitOf(hash, probe, filter);
                Volatile.Write(ref filter[bit / BitsPerWord], filter[bit / BitsPerWord] | (1UL << (int)(bit % BitsPerWord)));
            }

            _inLast++;
        }
    }

    /// <summary>Says whether there may be a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="key">The grain's key.</param>
    /// <returns>False only when there is none.</returns>
    internal bool MayContain(long kindId, IdSpan key)
    {
        if (!_isComplete) return true;

        var hash = HashOf(kindId, key.AsSpan());
        foreach (var filter in _filters)
        {
            if (Has(filter, hash)) return true;
        }

        return false;
    }

    private static bool Has(ulong[] filter, ulong hash)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            var bit = BitOf(hash, probe, filter);
            if ((Volatile.Read(ref filter[bit / BitsPerWord]) & (1UL << (int)(bit % BitsPerWord))) == 0) return false;
        }

        return true;
    }

    // Two halves of one hash make as many as are wanted; sizes are powers of two.
    private static uint BitOf(ulong hash, int probe, ulong[] filter) =>
        unchecked((uint)hash + ((uint)probe * ((uint)(hash >> 32) | 1))) & (((uint)filter.Length * BitsPerWord) - 1);

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
