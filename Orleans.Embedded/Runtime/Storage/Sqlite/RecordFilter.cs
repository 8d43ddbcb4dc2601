namespace Orleans.Storage.Sqlite;

/// <summary>Bloom filters, a further one whenever the last is full: two bytes for each record that was added. Asking takes no lock; one thread at a time may add.</summary>
/// <param name="firstCapacity">How many records the first one is for; a power of two, from 4.</param>
internal sealed class RecordFilter(int firstCapacity)
{
    private const int BitsPerRecord = 16;
    private const int BitsPerWord = 64;
    private const int Probes = 4;
    private const int LargestCapacity = 1 << 20;

    private volatile ulong[][] _filters = [new ulong[firstCapacity * BitsPerRecord / BitsPerWord]];
    private int _capacity = firstCapacity;
    private int _inLast;

    /// <summary>Gets how many records were added, each as often as it was.</summary>
    internal long Added { get; private set; }

    /// <summary>Gets how many bytes it takes.</summary>
    internal long Bytes => _filters.Sum(filter => (long)filter.Length * sizeof(ulong));

    /// <summary>Adds a record.</summary>
    /// <param name="hash">Its hash.</param>
    internal void Add(ulong hash)
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
        Added++;
    }

    /// <summary>Says whether a record may have been added.</summary>
    /// <param name="hash">Its hash.</param>
    /// <returns>False only when it was not.</returns>
    internal bool MayContain(ulong hash)
    {
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
}
