using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Mechanisms.OrderBook;

/// <summary>How a book is stored: what happened to it, and now and then all of it. A book can have a hundred thousand asks, and every match changes
/// one of them: a match costs one small entry, whatever the book's size.</summary>
public static class OrderBookJournal
{
    /// <summary>The name of the records.</summary>
    public const string Name = "order-book";

    /// <summary>The shape of a book's journal.</summary>
    public static readonly JournalShape<AskBook, BookEntry> Shape =
        new(Name, AskBook.Empty, (book, entry) => book.After(entry), book => book.Count + book.OrderCount);
}

/// <summary>A book as of one page.</summary>
[GenerateSerializer, Immutable, Alias("pm.OrderBookHead")]
public sealed record OrderBookHead : IJournalHead<OrderBookHead, AskBook>
{
    /// <summary>The book; null when it is in <see cref="Pieces"/>.</summary>
    [Id(0)] public required StoredBook? Book { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    [Id(2)] public int PagesAfter { get; init; }

    /// <inheritdoc/>
    [Id(3)] public HeadPieces? Pieces { get; init; }

    /// <inheritdoc/>
    public AskBook? State => Book is null ? null : AskBook.Of(Book);

    /// <inheritdoc/>
    public static OrderBookHead Of(AskBook? state, long page, int pagesAfter, HeadPieces? pieces) =>
        new() { Book = state?.Store(), Page = page, PagesAfter = pagesAfter, Pieces = pieces };
}

/// <summary>What one write changed of a book.</summary>
[GenerateSerializer, Immutable, Alias("pm.OrderBookPage")]
public sealed record OrderBookPage : IJournalPage<OrderBookPage, BookEntry>
{
    /// <inheritdoc/>
    [Id(0)] public required long Number { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required ImmutableArray<BookEntry> Entries { get; init; }

    /// <inheritdoc/>
    public static OrderBookPage Of(long number, ImmutableArray<BookEntry> entries) => new() { Number = number, Entries = entries };
}
