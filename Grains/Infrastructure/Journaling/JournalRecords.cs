using System.Collections.Immutable;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The state of a journal as of one page: what is loaded first, before the pages after it. Every journal has a record of its own for it, so
/// what is stored is named and numbered like every message.</summary>
/// <typeparam name="TSelf">The record.</typeparam>
/// <typeparam name="TState">The state.</typeparam>
public interface IJournalHead<TSelf, TState>
    where TSelf : class, IJournalHead<TSelf, TState>
{
    /// <summary>The state after <see cref="Page"/>.</summary>
    TState State { get; }

    /// <summary>The number of the last page the state contains; 0 for none.</summary>
    long Page { get; }

    /// <summary>How many pages may come after a head of this journal. It stays what it was when the first head was written, because it says where pages are;
    /// 0 for <see cref="JournalShape.FirstPages"/>, in heads that do not say it.</summary>
    int PagesAfter { get; }

    /// <summary>Makes a head.</summary>
    static abstract TSelf Of(TState state, long page, int pagesAfter);
}

/// <summary>The entries of one write. Pages are numbered from 1 without gaps.</summary>
/// <typeparam name="TSelf">The record.</typeparam>
/// <typeparam name="TEntry">An entry.</typeparam>
public interface IJournalPage<TSelf, TEntry>
    where TSelf : class, IJournalPage<TSelf, TEntry>
{
    /// <summary>The page's number.</summary>
    long Number { get; }

    /// <summary>The entries, oldest first; never empty.</summary>
    ImmutableArray<TEntry> Entries { get; }

    /// <summary>Makes a page.</summary>
    static abstract TSelf Of(long number, ImmutableArray<TEntry> entries);
}
