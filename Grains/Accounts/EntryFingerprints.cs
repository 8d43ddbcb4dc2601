using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Accounts;

/// <summary>Which entries a ledger may have: eight bytes an entry, kept in two generations of which the older one is forgotten as a whole. What it says it
/// does not have it never was given since then; two ids with the same fingerprint only cost a look into the ledger.</summary>
/// <param name="window">A generation comprises at least so much time, unless there are too many.</param>
/// <param name="most">How many there are at most, in both generations.</param>
internal sealed class EntryFingerprints(TimeSpan window, int most)
{
    private HashSet<ulong> _older = [];
    private HashSet<ulong> _newer = [];
    private DateTimeOffset _newerSince;
    private DateTimeOffset _olderUntil = DateTimeOffset.MinValue;
    private DateTimeOffset _last;

    /// <summary>Whether an entry may be among them.</summary>
    public bool MayContain(string entryId)
    {
        if (_newer.Count + _older.Count == 0) return false;
        var fingerprint = IdHash.Of(entryId);
        return _newer.Contains(fingerprint) || _older.Contains(fingerprint);
    }

    /// <summary>Adds the next entry.</summary>
    /// <returns>The time of the last entry that has been forgotten for it; null when none has.</returns>
    public DateTimeOffset? Add(string entryId, DateTimeOffset at)
    {
        DateTimeOffset? forgotten = null;
        if (_newer.Count > 0 && (at - _newerSince > window || _newer.Count >= most / 2))
        {
            if (_older.Count > 0) forgotten = _olderUntil;
            (_older, _newer, _olderUntil) = (_newer, [], _last);
        }
        if (_newer.Count == 0) _newerSince = at;
        _newer.Add(IdHash.Of(entryId));
        _last = at;
        return forgotten;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        if (_newer.Count + _older.Count > 0) (_older, _newer) = ([], []);
    }
}
