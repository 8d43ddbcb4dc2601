using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>The standing asks for one program, matched by price, then by time. Immutable: each command returns the next book and shares what did
/// not change, in time that grows with the logarithm of its size.</summary>
public sealed partial class AskBook
{
    /// <summary>Most asks in a book.</summary>
    public const int MostAsks = 100_000;

    /// <summary>Most asks of one prover.</summary>
    public const int MostAsksOfOne = 16;

    /// <summary>A book without asks.</summary>
    public static readonly AskBook Empty = new();

    private readonly ImmutableDictionary<string, Ask> _asks = ImmutableDictionary.Create<string, Ask>(StringComparer.Ordinal);
    private readonly ImmutableSortedSet<Ask> _queue = ImmutableSortedSet.Create<Ask>(Priority.Instance);
    private readonly ImmutableDictionary<string, int> _asksOf = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, long> _versions = ImmutableDictionary.Create<string, long>(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, FilledOrder> _orders = ImmutableDictionary.Create<string, FilledOrder>(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, DateTimeOffset> _ended = ImmutableDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);
    private readonly long _sequence;

    private AskBook()
    {
    }

    private AskBook(
        ImmutableDictionary<string, Ask> asks, ImmutableSortedSet<Ask> queue, ImmutableDictionary<string, int> asksOf,
        ImmutableDictionary<string, long> versions, ImmutableDictionary<string, FilledOrder> orders,
        ImmutableDictionary<string, DateTimeOffset> ended, long sequence) =>
        (_asks, _queue, _asksOf, _versions, _orders, _ended, _sequence) = (asks, queue, asksOf, versions, orders, ended, sequence);

    /// <summary>How many asks there are, those without an open slot included.</summary>
    public int Count => _asks.Count;

    /// <summary>Asks with an open slot, the best first.</summary>
    public IEnumerable<Ask> Queue => _queue;

    /// <summary>The ask of this id; null when there is none.</summary>
    public Ask? Find(string askId) => _asks.GetValueOrDefault(askId);

    /// <summary>Places an ask, behind all of the same price.</summary>
    public (AskBook Book, Refusal? Refusal) Place(AskCommand command, string account, Credits pricePerUnit, int slots)
    {
        if ((CheckTerms(command, pricePerUnit, slots) ?? Ids.Check("account", account)) is { } malformed) return (this, malformed);
        var stale = CheckVersion(command, out var repeated);
        if (stale is not null || repeated) return (this, stale);
        if (_asks.ContainsKey(command.AskId)) return (this, Refusal.Of(ReasonCode.AskConflict, "askId", "an id that no ask in the book has", command.AskId));
        if (_asksOf.GetValueOrDefault(command.ProverId) is >= MostAsksOfOne and var own)
            return (this, Refusal.Of(ReasonCode.AsksFull, "asks", $"fewer than {MostAsksOfOne} of one prover", $"{own}"));
        if (_asks.Count >= MostAsks) return (this, Refusal.Of(ReasonCode.BookFull, "asks", $"fewer than {MostAsks}", $"{_asks.Count}"));
        var ask = new Ask
        {
            AskId = command.AskId, ProverId = command.ProverId, Account = account, PricePerUnit = pricePerUnit, Slots = slots, Sequence = _sequence,
        };
        return (Noted(command).Put(null, ask, next: true), null);
    }

    /// <summary>Changes price and slots of an ask. It keeps its place only when the price stays and the slots do not grow; slots that are filled stay
    /// filled, and count.</summary>
    public (AskBook Book, Refusal? Refusal) Replace(AskCommand command, Credits pricePerUnit, int slots)
    {
        if (CheckTerms(command, pricePerUnit, slots) is { } malformed) return (this, malformed);
        var stale = CheckVersion(command, out var repeated);
        if (stale is not null || repeated) return (this, stale);
        if (CheckOwn(command, out var ask) is { } refusal) return (this, refusal);
        var keeps = ask!.PricePerUnit == pricePerUnit && slots <= ask.Slots;
        var replaced = ask with { PricePerUnit = pricePerUnit, Slots = slots, Sequence = keeps ? ask.Sequence : _sequence };
        return (Noted(command).Put(ask, replaced, next: !keeps), null);
    }

    /// <summary>Cancels an ask: what is open is gone, what is filled stays filled until it is released.</summary>
    public (AskBook Book, Refusal? Refusal) Cancel(AskCommand command)
    {
        var stale = CheckVersion(command, out var repeated);
        if (stale is not null || repeated) return (this, stale);
        return CheckOwn(command, out var ask) is { } refusal ? (this, refusal) : (Noted(command).Put(ask, ask! with { Slots = 0 }, next: false), null);
    }

    /// <summary>Fills an order from the best asks on: lowest price first, then the earliest. An ask gives as many slots as it has open, so an order may
    /// be filled by several and an ask in part. Asks above the limit, and those paid to the requester itself, are passed over: nobody trades with
    /// itself, since that would make prices and reputations at no cost.</summary>
    /// <param name="order">The order.</param>
    /// <param name="canServe">Which provers can be filled now; asks of others are passed over. Null for all.</param>
    /// <returns>The fills; none, and why, when fewer slots were found than are of use.</returns>
    public (AskBook Book, FilledOrder? Filled, Refusal? Refusal) Match(BookOrder order, Func<string, bool>? canServe = null)
    {
        if (_orders.TryGetValue(order.OrderId, out var known))
        {
            return known.Order == order
                ? (this, known, null)
                : (this, null, Refusal.Of(ReasonCode.OrderConflict, "orderId", "an order with the same terms as before", order.OrderId));
        }
        if (_ended.ContainsKey(order.OrderId))
            return (this, null, Refusal.Of(ReasonCode.OrderEnded, "orderId", "an order that has not been released", order.OrderId));
        if (CheckOrder(order) is { } malformed) return (this, null, malformed);
        var (fills, quotes) = (ImmutableArray.CreateBuilder<BookFill>(), ImmutableArray.CreateBuilder<Ask>());
        var wanted = order.Slots;
        var ofProver = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var ask in _queue)
        {
            var price = order.Work.PriceAt(ask.PricePerUnit);
            if ((wanted == 0 && quotes.Count == FilledOrder.MostQuotes) || price > order.Limit) break;
            if (ask.Account == order.Account || canServe?.Invoke(ask.ProverId) == false) continue;
            if (quotes.Count < FilledOrder.MostQuotes) quotes.Add(ask);
            var given = ofProver.GetValueOrDefault(ask.ProverId);
            var slots = Math.Min(Math.Min(ask.Open, wanted), order.PerProver - given);
            if (slots == 0) continue;
            ofProver[ask.ProverId] = given + slots;
            wanted -= slots;
            fills.Add(new BookFill { AskId = ask.AskId, ProverId = ask.ProverId, Account = ask.Account, Slots = slots, Price = price });
        }
        var found = order.Slots - wanted;
        if (found < order.AtLeast)
            return (this, null, Refusal.Of(ReasonCode.NothingMatches, "slots", $"at least {order.AtLeast} open at {order.Limit} credits a proof or less", $"{found}"));
        var filled = new FilledOrder { Order = order, Fills = fills.ToImmutable(), Quotes = quotes.ToImmutable() };
        return (Filled(filled), filled, null);
    }

    /// <summary>The proofs of an order are made, or will not be: its slots are open again. The asks they belong to go behind all of the same price,
    /// so that provers that ask the same take turns. Of an ask that was cancelled nothing comes back. Repeatable.</summary>
    public AskBook Release(string orderId)
    {
        if (!_orders.TryGetValue(orderId, out var order)) return this;
        var book = With(_orders.Remove(orderId));
        foreach (var fill in order.Fills)
        {
            var ask = book._asks[fill.AskId];
            book = book.Put(ask, ask with { Filled = ask.Filled - fill.Slots, Sequence = book._sequence }, next: true);
        }
        return book;
    }

    /// <summary>The fills of an order, taken from their asks.</summary>
    private AskBook Filled(FilledOrder filled)
    {
        var book = this;
        foreach (var fill in filled.Fills)
        {
            var ask = book._asks[fill.AskId];
            book = book.Put(ask, ask with { Filled = ask.Filled + fill.Slots }, next: false);
        }
        return book.With(book._orders.Add(filled.Order.OrderId, filled));
    }

    private AskBook Put(Ask? before, Ask after, bool next)
    {
        var isGone = after is { Slots: 0, Filled: 0 };
        var queue = before is { Open: > 0 } ? _queue.Remove(before) : _queue;
        if (after.Open > 0) queue = queue.Add(after);
        var own = _asksOf.GetValueOrDefault(after.ProverId) + (before is null ? 1 : 0) - (isGone ? 1 : 0);
        return new AskBook(
            isGone ? _asks.Remove(after.AskId) : _asks.SetItem(after.AskId, after),
            queue,
            own == 0 ? _asksOf.Remove(after.ProverId) : _asksOf.SetItem(after.ProverId, own),
            _versions,
            _orders,
            _ended,
            next ? _sequence + 1 : _sequence);
    }

    private AskBook With(ImmutableDictionary<string, FilledOrder> orders, ImmutableDictionary<string, DateTimeOffset>? ended = null) =>
        new(_asks, _queue, _asksOf, _versions, orders, ended ?? _ended, _sequence);

    private AskBook Noted(AskCommand command) =>
        new(_asks, _queue, _asksOf, _versions.SetItem(command.ProverId, command.Version), _orders, _ended, _sequence);

    private Refusal? CheckVersion(AskCommand command, out bool repeated)
    {
        var last = _versions.TryGetValue(command.ProverId, out var known) ? known : long.MinValue;
        repeated = command.Version == last;
        return command.Version >= last
            ? null
            : Refusal.Of(ReasonCode.CommandStale, "version", $"above {last}", $"{command.Version}");
    }

    private Refusal? CheckOwn(AskCommand command, out Ask? ask)
    {
        ask = _asks.GetValueOrDefault(command.AskId);
        if (ask is null || ask is { Slots: 0 }) return Refusal.Of(ReasonCode.AskUnknown, "askId", "an ask in the book", command.AskId);
        return ask.ProverId == command.ProverId
            ? null
            : Refusal.Of(ReasonCode.AskNotOwned, "askId", $"an ask of {command.ProverId}", command.AskId);
    }

    private static Refusal? CheckTerms(AskCommand command, Credits pricePerUnit, int slots)
    {
        if ((Ids.Check("askId", command.AskId) ?? Ids.Check("proverId", command.ProverId)) is { } malformed) return malformed;
        if (pricePerUnit < Credits.Zero || pricePerUnit > MarketLimits.AskPerUnit)
            return Refusal.Of(ReasonCode.OutOfRange, "pricePerUnit", $"0 to {MarketLimits.AskPerUnit} credits", pricePerUnit.ToString());
        return slots is < 1 or > MarketLimits.ProverSlots
            ? Refusal.Of(ReasonCode.OutOfRange, "slots", $"1 to {MarketLimits.ProverSlots}", $"{slots}")
            : null;
    }

    private static Refusal? CheckOrder(BookOrder order)
    {
        if (order.Slots is < 1 or > MarketLimits.ProverSlots)
            return Refusal.Of(ReasonCode.OutOfRange, "slots", $"1 to {MarketLimits.ProverSlots}", $"{order.Slots}");
        if (order.AtLeast < 1 || order.AtLeast > order.Slots)
            return Refusal.Of(ReasonCode.OutOfRange, "atLeast", $"1 to the {order.Slots} slots wanted", $"{order.AtLeast}");
        if (order.PerProver < 1) return Refusal.Of(ReasonCode.OutOfRange, "perProver", "at least 1", $"{order.PerProver}");
        return order.Work.Milli < 1 || order.Work.Milli > MarketLimits.Work.Milli
            ? Refusal.Of(ReasonCode.OutOfRange, "work", $"above 0, at most {MarketLimits.Work} units", order.Work.ToString())
            : null;
    }

    private sealed class Priority : IComparer<Ask>
    {
        public static readonly Priority Instance = new();

        public int Compare(Ask? x, Ask? y)
        {
            var byPrice = x!.PricePerUnit.CompareTo(y!.PricePerUnit);
            return byPrice != 0 ? byPrice : x.Sequence.CompareTo(y.Sequence);
        }
    }
}
