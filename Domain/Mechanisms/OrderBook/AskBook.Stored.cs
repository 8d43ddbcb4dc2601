using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

// How a book is stored: as what happened, and now and then as a whole.
public sealed partial class AskBook
{
    /// <summary>Orders that are filled, and orders that were released and are remembered so that they are not filled again.</summary>
    public int OrderCount => _orders.Count + _ended.Count;

    /// <summary>Orders that are filled.</summary>
    public IEnumerable<FilledOrder> Orders => _orders.Values;

    /// <summary>The number of a prover's last command; null when it has given none.</summary>
    public long? VersionOf(string proverId) => _versions.TryGetValue(proverId, out var version) ? version : null;

    /// <summary>The asks of a prover, by id.</summary>
    public ImmutableArray<Ask> AsksOf(string proverId) => _asksOf.ContainsKey(proverId)
        ? [.. _asks.Values.Where(ask => ask.ProverId == proverId && ask.Slots > 0).OrderBy(ask => ask.AskId, StringComparer.Ordinal)]
        : [];

    /// <summary>Releases an order for good: a repetition of it that is still on its way fills nothing. Repeatable.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="until">Its deadline, until which it is remembered.</param>
    public AskBook End(string orderId, DateTimeOffset until)
    {
        var released = Release(orderId);
        return released._ended.ContainsKey(orderId) ? released : released.With(released._orders, released._ended.Add(orderId, until));
    }

    /// <summary>Releases every order whose deadline has passed, whatever became of who gave it, and forgets those that were released before.</summary>
    public AskBook Expired(DateTimeOffset now)
    {
        var over = _ended.Where(ended => ended.Value <= now).Select(ended => ended.Key).ToArray();
        var book = over.Length == 0 ? this : With(_orders, _ended.RemoveRange(over));
        var late = _orders.Values.Where(filled => filled.Order.Until <= now).Select(filled => filled.Order.OrderId);
        return late.Order(StringComparer.Ordinal).Aggregate(book, (before, orderId) => before.Release(orderId));
    }

    /// <summary>The book after something that happened to it.</summary>
    /// <exception cref="InvalidOperationException">It cannot have happened to this book.</exception>
    public AskBook After(BookEntry entry)
    {
        var (book, refusal) = entry switch
        {
            { Kind: BookEntryKind.Placed, Command: { } command } => Place(command, entry.Account, entry.PricePerUnit, entry.Slots),
            { Kind: BookEntryKind.Replaced, Command: { } command } => Replace(command, entry.PricePerUnit, entry.Slots),
            { Kind: BookEntryKind.Cancelled, Command: { } command } => Cancel(command),
            { Kind: BookEntryKind.Filled, Filled: { } filled } => (Filled(filled), null),
            { Kind: BookEntryKind.Ended } => (End(entry.OrderId, entry.At), null),
            { Kind: BookEntryKind.Expired } => (Expired(entry.At), null),
            _ => throw new InvalidOperationException("An entry of a book says nothing."),
        };
        return refusal is null ? book : throw new InvalidOperationException($"An entry of a book does not follow: {refusal}");
    }

    /// <summary>All of the book.</summary>
    public StoredBook Store() => new()
    {
        Asks = [.. _asks.Values.OrderBy(ask => ask.AskId, StringComparer.Ordinal)],
        Versions = _versions.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Orders = [.. _orders.Values.OrderBy(filled => filled.Order.OrderId, StringComparer.Ordinal)],
        Ended = _ended.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Sequence = _sequence,
    };

    /// <summary>A book from what was stored of it.</summary>
    public static AskBook Of(StoredBook stored) => new(
        Empty._asks.AddRange(stored.Asks.Select(ask => KeyValuePair.Create(ask.AskId, ask))),
        Empty._queue.Union(stored.Asks.Where(ask => ask.Open > 0)),
        Empty._asksOf.AddRange(stored.Asks.CountBy(ask => ask.ProverId)),
        Empty._versions.AddRange(stored.Versions),
        Empty._orders.AddRange(stored.Orders.Select(filled => KeyValuePair.Create(filled.Order.OrderId, filled))),
        Empty._ended.AddRange(stored.Ended),
        stored.Sequence);
}

/// <summary>A book as it is stored as a whole.</summary>
[GenerateSerializer, Immutable, Alias("pm.StoredBook")]
public sealed record StoredBook
{
    /// <summary>Its asks.</summary>
    [Id(0)] public ImmutableArray<Ask> Asks { get; init; } = [];

    /// <summary>The number of each prover's last command.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, long> Versions { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Orders that are filled.</summary>
    [Id(2)] public ImmutableArray<FilledOrder> Orders { get; init; } = [];

    /// <summary>Orders that were released, with their deadlines.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, DateTimeOffset> Ended { get; init; } =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>The place of the next ask among asks of the same price.</summary>
    [Id(4)] public long Sequence { get; init; }
}

/// <summary>Something that happened to a book.</summary>
[GenerateSerializer, Immutable, Alias("pm.BookEntry")]
public sealed record BookEntry
{
    /// <summary>What.</summary>
    [Id(0)] public required BookEntryKind Kind { get; init; }

    /// <summary>A prover's command; null when it was none.</summary>
    [Id(1)] public AskCommand? Command { get; init; }

    /// <summary>The account of an ask that was placed.</summary>
    [Id(2)] public string Account { get; init; } = "";

    /// <summary>The price of an ask that was placed or replaced.</summary>
    [Id(3)] public Credits PricePerUnit { get; init; }

    /// <summary>The slots of an ask that was placed or replaced.</summary>
    [Id(4)] public int Slots { get; init; }

    /// <summary>An order that was filled, as it was decided then; null when none was.</summary>
    [Id(5)] public FilledOrder? Filled { get; init; }

    /// <summary>An order that was released.</summary>
    [Id(6)] public string OrderId { get; init; } = "";

    /// <summary>The deadline of an order that was released; when orders expired.</summary>
    [Id(7)] public DateTimeOffset At { get; init; }
}

/// <summary>What can happen to a book.</summary>
public enum BookEntryKind
{
    /// <summary>An ask was placed.</summary>
    Placed = 1,
    /// <summary>An ask was replaced.</summary>
    Replaced = 2,
    /// <summary>An ask was cancelled.</summary>
    Cancelled = 3,
    /// <summary>An order was filled.</summary>
    Filled = 4,
    /// <summary>An order was released for good.</summary>
    Ended = 5,
    /// <summary>What was due by a time was released.</summary>
    Expired = 6,
}
