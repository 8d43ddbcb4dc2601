using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Grains.Accounts;

/// <summary>Entries of a ledger that cannot be read from it yet, by id. The others are read when they are asked for, which seldom happens: their fingerprints are known
/// for as long as repetitions usually come, so that a new movement is told from a repeated one. Where somebody has asked, entries are kept for a while.</summary>
/// <remarks>What every movement leaves in memory is moved by the garbage collector, and looked through again with each collection: eight bytes that refer to nothing
/// are not.</remarks>
/// <param name="window">So long after somebody has asked entries are kept. Fingerprints are kept for that at least.</param>
/// <param name="most">When more could be kept, the oldest are known by their fingerprints only, however young.</param>
/// <param name="mostFingerprints">When there are more of those, the oldest are forgotten.</param>
internal sealed class RecentEntries(TimeSpan window, int most, int mostFingerprints)
{
    private readonly Dictionary<string, LedgerEntry> _byId = new(StringComparer.Ordinal);
    private readonly EntryFingerprints _fingerprints = new(window, mostFingerprints);
    private Queue<LedgerEntry> _inOrder = new();
    private DateTimeOffset _keepAllUntil = DateTimeOffset.MinValue;
    private DateTimeOffset _entriesAfter = DateTimeOffset.MinValue;
    private DateTimeOffset _fingerprintsAfter = DateTimeOffset.MinValue;
    private DateTimeOffset _lastAt;
    private int _asking;

    /// <summary>How many entries there are.</summary>
    public int Count => _inOrder.Count;

    /// <summary>Whether any of those that were here once are known by their fingerprints only, or not at all.</summary>
    public bool HasForgotten { get; private set; }

    /// <summary>Finds an entry applied at a moment or later; null when it is not among them.</summary>
    public LedgerEntry? Find(string entryId, DateTimeOffset since) =>
        _byId.TryGetValue(entryId, out var entry) && entry.At >= since ? entry : null;

    /// <summary>Whether it is certain that an entry which is not found was not applied at this moment or later.</summary>
    public bool Denies(string entryId, DateTimeOffset since) =>
        since > _entriesAfter || (since > _fingerprintsAfter && !_fingerprints.MayContain(entryId));

    /// <summary>Starts with these, the last of the ledger.</summary>
    /// <param name="entries">The entries, oldest first.</param>
    /// <param name="completeAfter">Entries of this moment and before may be missing.</param>
    public void Load(IEnumerable<LedgerEntry> entries, DateTimeOffset completeAfter)
    {
        foreach (var entry in entries) Add(entry);
        _entriesAfter = _fingerprintsAfter = completeAfter;
    }

    /// <summary>Takes in older entries. They are kept for a while: one question about the past seldom comes alone.</summary>
    /// <param name="entries">Entries of the ledger, oldest first, up to the oldest that is here already or further.</param>
    /// <param name="completeAfter">Entries of this moment and before may be missing.</param>
    public void Extend(IEnumerable<LedgerEntry> entries, DateTimeOffset completeAfter)
    {
        var newer = _inOrder;
        _inOrder = new Queue<LedgerEntry>();
        foreach (var entry in entries.Where(entry => !_byId.ContainsKey(entry.EntryId)).ToList()) Add(entry);
        foreach (var entry in newer) _inOrder.Enqueue(entry);
        if (completeAfter < _entriesAfter) _entriesAfter = completeAfter;
        if (completeAfter < _fingerprintsAfter) _fingerprintsAfter = completeAfter;
        if (_inOrder.Count > 0) _keepAllUntil = _inOrder.Last().At + window;
    }

    /// <summary>Somebody reads the ledger for an answer: until it has one, nothing is forgotten.</summary>
    public void BeginAsking() => _asking++;

    /// <summary>The answer has been found.</summary>
    public void EndAsking() => _asking--;

    /// <summary>Adds the next entry.</summary>
    public void Add(LedgerEntry entry)
    {
        _inOrder.Enqueue(entry);
        _byId[entry.EntryId] = entry;
        if (entry.At > _lastAt) _lastAt = entry.At;
    }

    /// <summary>Forgets what can be read from the ledger, unless somebody has asked for such entries.</summary>
    /// <param name="pending">How many of the last are not durable yet.</param>
    public void Trim(int pending)
    {
        if (_asking > 0) return;
        var kept = _lastAt < _keepAllUntil ? Math.Max(most, pending) : pending;
        while (_inOrder.Count > kept) ForgetOldest(_lastAt - window);
    }

    private void ForgetOldest(DateTimeOffset horizon)
    {
        HasForgotten = true;
        var forgotten = _inOrder.Dequeue();
        if (ReferenceEquals(_byId[forgotten.EntryId], forgotten)) _byId.Remove(forgotten.EntryId);
        _entriesAfter = forgotten.At;
        if (forgotten.At < horizon)
        {
            // All fingerprints are of entries before it.
            _fingerprints.Clear();
            _fingerprintsAfter = forgotten.At;
        }
        else if (_fingerprints.Add(forgotten.EntryId, forgotten.At) is { } incompleteUntil && incompleteUntil > _fingerprintsAfter)
        {
            _fingerprintsAfter = incompleteUntil;
        }
    }
}
