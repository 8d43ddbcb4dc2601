using System.Collections.Immutable;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The state of a journal as of one page: what is loaded first, before the pages after it. Every journal has a record of its own for it, so
/// what is stored is named and numbered like every message.</summary>
/// <typeparam name="TSelf">The record.</typeparam>
/// <typeparam name="TState">The state.</typeparam>
public interface IJournalHead<TSelf, TState>
    where TSelf : class, IJournalHead<TSelf, TState>
{
    /// <summary>The state after <see cref="Page"/>; null when it is in <see cref="Pieces"/>.</summary>
    TState? State { get; }

    /// <summary>The number of the last page the state contains; 0 for none.</summary>
    long Page { get; }

    /// <summary>How many pages may come after a head of this journal. It stays what it was when the first head was written, because it says where pages are;
    /// 0 for <see cref="JournalShape.FirstPages"/>, in heads that do not say it.</summary>
    int PagesAfter { get; }

    /// <summary>Where the head is that has the state, when that is too large for one record; null when this is it.</summary>
    HeadPieces? Pieces { get; }

    /// <summary>Makes a head.</summary>
    static abstract TSelf Of(TState? state, long page, int pagesAfter, HeadPieces? pieces);
}

/// <summary>Where the pieces of a head are.</summary>
[GenerateSerializer, Immutable, Alias("pm.HeadPieces")]
public sealed record HeadPieces
{
    /// <summary>Which of the journal's two places for pieces, 0 or 1: heads take them in turn.</summary>
    [Id(0)] public required int Place { get; init; }

    /// <summary>How many there are. Others in the same place are of earlier heads.</summary>
    [Id(1)] public required int Count { get; init; }
}

/// <summary>A piece of a head that is too large for one record.</summary>
[GenerateSerializer, Immutable, Alias("pm.HeadPiece")]
public sealed record HeadPiece
{
    /// <summary>Which of the journal's two places for pieces it is in.</summary>
    [Id(0)] public required int Place { get; init; }

    /// <summary>Its number, from 1 without gaps.</summary>
    [Id(1)] public required int Number { get; init; }

    /// <summary>The number of the last page that the head contains.</summary>
    [Id(2)] public required long Page { get; init; }

    /// <summary>A part of the head's text, as storages have it when it is one record.</summary>
    [Id(3)] public required string Text { get; init; }
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
