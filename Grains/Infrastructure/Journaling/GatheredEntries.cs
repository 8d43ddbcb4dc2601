using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>What has gathered while a write was in flight, and where one decision ends and the next begins.</summary>
internal sealed class GatheredEntries<TEntry>
{
    // Not measured: so few fit into a record, and most pages have no more.
    private const int FewDecisions = 8;

    private static readonly JsonCodec Codec = new(SerializedForm.Compact);

    private readonly List<TEntry> _entries = [];
    private readonly List<int> _ends = [];

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Adds an entry to the decision that is being made.</summary>
    public void Add(TEntry entry) => _entries.Add(entry);

    /// <summary>Ends a decision: its entries are written together.</summary>
    public void EndDecision()
    {
        if (_entries.Count > (_ends.Count == 0 ? 0 : _ends[^1])) _ends.Add(_entries.Count);
    }

    /// <summary>Cuts everything into pages, between decisions.</summary>
    /// <param name="pageBytes">How much goes into a page, in bytes of its entries' text; more only when that is one decision, or few.</param>
    public IReadOnlyList<IReadOnlyList<TEntry>> Cut(int pageBytes)
    {
        EndDecision();
        if (_ends.Count <= FewDecisions) return [_entries];
        var pages = new List<IReadOnlyList<TEntry>>();
        using var text = new PooledBuffer(Array.MaxLength, nameof(Array.MaxLength));
        var (from, end, bytes) = (0, 0, 0L);
        foreach (var next in _ends)
        {
            var size = 0L;
            for (var i = end; i < next; i++) size += SizeOf(_entries[i], text);
            if (end > from && bytes + size > pageBytes)
            {
                pages.Add(_entries[from..end]);
                (from, bytes) = (end, 0);
            }
            (end, bytes) = (next, bytes + size);
        }
        pages.Add(_entries[from..end]);
        return pages;
    }

    private static int SizeOf(TEntry entry, PooledBuffer text)
    {
        text.Clear();
        Codec.Serialize(text, entry);
        // With the comma after it.
        return text.Length + 1;
    }
}
