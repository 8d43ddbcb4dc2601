namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>What is common to the journals of all kinds.</summary>
public static class JournalShape
{
    /// <summary>The first head is written after so many pages at the latest: until then everybody agrees on where pages are, whatever number of pages they would have after a head.</summary>
    public const int FirstPages = 128;

    /// <summary>The longest head that is one record, and the longest piece of a longer one, in bytes of its text. Storages take at least twice that in a record, which
    /// is what a text of nothing but quotation marks comes to when it is quoted.</summary>
    public const int PieceBytes = 32 * 1024;

    /// <summary>How much of what has gathered goes into one page, in bytes of its entries' text.</summary>
    public const int PageBytes = 256 * 1024;

    /// <summary>The grain type under which the pages of a journal are stored.</summary>
    /// <param name="name">The name of its records.</param>
    public static GrainType PagesOf(string name) => GrainType.Create($"{name}.page");

    /// <summary>The grain type under which the pieces of its heads are stored.</summary>
    /// <param name="name">The name of its records.</param>
    public static GrainType PiecesOf(string name) => GrainType.Create($"{name}.piece");
}

/// <summary>How a journal of one kind is folded and kept.</summary>
/// <param name="Name">The name of its records in storage.</param>
/// <param name="Initial">The state before the first entry.</param>
/// <param name="Apply">The state after one more entry.</param>
/// <param name="Weight">Roughly how many entries' worth of bytes a state is: the head is written again when that many have been added, so the
/// cost of an entry does not grow with the state.</param>
public sealed record JournalShape<TState, TEntry>(
    string Name, TState Initial, Func<TState, TEntry, TState> Apply, Func<TState, int> Weight)
    where TState : class
{
    /// <summary>Whether pages stay for ever, as a ledger; otherwise their records are used again once the head contains them.</summary>
    public bool KeepsPages { get; init; }

    /// <summary>At most so many pages are loaded after the head, in journals that begin now. A head is as large as the state, so the more the cheaper a page; the fewer
    /// the sooner the journal is loaded.</summary>
    public int PagesAfterHead { get; init; } = 1_024;

    /// <summary>Entries after which the head is written again, unless the state weighs more.</summary>
    public int EntriesAfterHead { get; init; } = 64;

    /// <summary>The longest head that is one record, and the longest piece of a longer one, in bytes of its text.</summary>
    public int PieceBytes { get; init; } = JournalShape.PieceBytes;

    /// <summary>How much of what has gathered goes into one page, in bytes of its entries' text; more only when that is one decision, or few.</summary>
    public int PageBytes { get; init; } = JournalShape.PageBytes;

    /// <summary>What a page of several entries can leave out, for journals whose pages are not kept; null when nothing.</summary>
    public Func<IReadOnlyList<TEntry>, IEnumerable<TEntry>>? Condense { get; init; }

    /// <summary>Adds up a journal from its stored records.</summary>
    /// <param name="head">The head; null when none has been written.</param>
    /// <param name="pieces">The pieces of heads, in any order; those of others change nothing.</param>
    /// <param name="pages">The pages, in any order; those that the head contains change nothing.</param>
    public TState Fold<THead, TPage>(THead? head, IEnumerable<HeadPiece> pieces, IEnumerable<TPage> pages)
        where THead : class, IJournalHead<THead, TState>
        where TPage : class, IJournalPage<TPage, TEntry> => pages
        .Where(page => page.Number > (head?.Page ?? 0))
        .OrderBy(page => page.Number)
        .SelectMany(page => page.Entries)
        .Aggregate(head is null ? Initial : WholeOf(head, pieces).State!, Apply);

    private static THead WholeOf<THead>(THead head, IEnumerable<HeadPiece> pieces)
        where THead : class, IJournalHead<THead, TState> => head.Pieces is not { } where
        ? head
        : HeadText.Join<THead>(pieces
            .Where(piece => piece.Place == where.Place && piece.Page == head.Page && piece.Number <= where.Count)
            .OrderBy(piece => piece.Number)
            .Select(piece => piece.Text));
}
