using System.Runtime.InteropServices;
using Orleans.Runtime;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Where the records of a data file are that its index does not name yet: they gather here until they are a batch, which the index then gets in its own order. The writing thread changes
/// this as part of its transactions; readers may ask at any time, and find what they would find in their snapshot's index if it named everything.
/// </summary>
/// <param name="batch">How many records are a batch.</param>
internal sealed class UnindexedRecords(int batch)
{
    private readonly Lock _gate = new();
    private readonly List<Key> _changed = [];
    private readonly List<Entry> _taken = [];
    private Dictionary<Key, Place> _places = [];
    private List<Entry> _gathering = [];
    private List<Entry> _batch = [];
    private int _next;

    /// <summary>Gets the largest number in the batch that was begun last; 0 before there was any. There are no smaller ones in later batches.</summary>
    internal long BatchEnd { get; private set; }

    /// <summary>Gets a value indicating whether all of that batch was taken.</summary>
    internal bool IsBatchTaken => _next == _batch.Count;

    /// <summary>Gets the keys. For the writing thread.</summary>
    internal IEnumerable<(long KindId, IdSpan GrainKey)> Keys => _places.Keys.Select(key => (key.KindId, key.GrainKey));

    /// <summary>Begins anew with what there is: at first, and when a transaction was taken back.</summary>
    /// <param name="records">The records, by their numbers.</param>
    internal void Reset(IEnumerable<(long KindId, IdSpan GrainKey, long Id)> records)
    {
        var entries = records.Select(record => new Entry(new Key(record.KindId, record.GrainKey), record.Id)).ToList();
        var places = entries.ToDictionary(entry => entry.Key, entry => new Place(entry.Id, Former: 0));
        _changed.Clear();
        _taken.Clear();
        _batch.Clear();
        (_gathering, _next, BatchEnd) = (entries, 0, 0);
        lock (_gate) _places = places;
    }

    /// <summary>Looks for a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    /// <returns>Where it is; null when it is not here. A reader has to ask before its snapshot begins; what is not there in the snapshot may be in the snapshot's index.</returns>
    internal Place? Find(long kindId, IdSpan grainKey)
    {
        lock (_gate) return _places.TryGetValue(new Key(kindId, grainKey), out var place) ? place : null;
    }

    /// <summary>Adds a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    /// <param name="id">Its number, larger than that of any before.</param>
    internal void Add(long kindId, IdSpan grainKey, long id)
    {
        var key = new Key(kindId, grainKey);
        _gathering.Add(new Entry(key, id));
        lock (_gate)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, key, out _);
            place = place with { Id = id };
        }
    }

    /// <summary>Says that a record that is here was deleted. Readers find it until that is committed.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    internal void Delete(long kindId, IdSpan grainKey)
    {
        var key = new Key(kindId, grainKey);
        _changed.Add(key);
        lock (_gate)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrNullRef(_places, key);
            place = new Place(0, place.Former == 0 ? place.Id : place.Former);
        }
    }

    /// <summary>Takes the next record for the index, in the index's order. Readers find it here until that is committed.</summary>
    /// <param name="isAll">Whether the last few are a batch, too.</param>
    /// <param name="entry">The record.</param>
    /// <returns>False when there is none, for now.</returns>
    internal bool TryTake(bool isAll, out Entry entry)
    {
        while (true)
        {
            // What was deleted meanwhile is none, also when it was added again: then it comes later.
            for (; _next < _batch.Count; _next++)
            {
                entry = _batch[_next];
                if (!_places.TryGetValue(entry.Key, out var place) || place.Id != entry.Id) continue;
                _taken.Add(entry);
                _next++;
                return true;
            }

            if (_gathering.Count < (isAll ? 1 : batch)) break;
            Seal();
        }

        entry = default;
        return false;
    }

    /// <summary>Says that the transaction is committed.</summary>
    internal void Committed()
    {
        if (_changed.Count + _taken.Count == 0) return;
        lock (_gate)
        {
            foreach (var key in _changed)
            {
                if (_places.TryGetValue(key, out var place)) Set(key, place with { Former = 0 });
            }

            foreach (var entry in _taken)
            {
                if (_places.TryGetValue(entry.Key, out var place) && place.Id == entry.Id) _places.Remove(entry.Key);
            }
        }

        _changed.Clear();
        _taken.Clear();
    }

    private void Set(Key key, Place place)
    {
        if (place.Id == 0) _places.Remove(key);
        else _places[key] = place;
    }

    private void Seal()
    {
        _batch.Clear();
        (_gathering, _batch, _next) = (_batch, _gathering, 0);
        BatchEnd = _batch[^1].Id;
        _batch.Sort(static (a, b) => InOrderOfIndex(a.Key, b.Key));
    }

    private static int InOrderOfIndex(Key a, Key b) => a.KindId == b.KindId ? a.GrainKey.AsSpan().SequenceCompareTo(b.GrainKey.AsSpan()) : a.KindId.CompareTo(b.KindId);

    /// <summary>Which record.</summary>
    /// <param name="KindId">The number of its kind.</param>
    /// <param name="GrainKey">The grain's key.</param>
    internal readonly record struct Key(long KindId, IdSpan GrainKey);

    /// <summary>A record for the index.</summary>
    /// <param name="Key">Which record.</param>
    /// <param name="Id">Its number.</param>
    internal readonly record struct Entry(Key Key, long Id);

    /// <summary>Where a record is.</summary>
    /// <param name="Id">Its number; 0 when it was deleted in the transaction that is open.</param>
    /// <param name="Former">The number that it has outside of the transaction that is open, when it was deleted in that; 0 otherwise.</param>
    internal readonly record struct Place(long Id, long Former);
}
