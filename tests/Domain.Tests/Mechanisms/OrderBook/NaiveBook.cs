using ProvingMarket.Domain.Mechanisms.OrderBook;

namespace ProvingMarket.Domain.Tests.Mechanisms.OrderBook;

/// <summary>The rules of the order book written down a second time, as plainly as possible: one list in the order of time, sorted anew for every
/// order. Slow, and independent of how the book keeps its asks.</summary>
internal sealed class NaiveBook
{
    private readonly List<NaiveAsk> _byTime = [];
    private readonly Dictionary<string, long> _last = [];
    private readonly Dictionary<string, (BookOrder Order, List<(NaiveAsk Ask, BookFill Fill)> Fills)> _filled = [];

    public IEnumerable<string> Queue => ByPriority().Where(ask => ask.Open > 0).Select(ask => ask.ToString());

    public ReasonCode Place(AskCommand command, string account, long price, int slots) => Once(command, () =>
    {
        if (_byTime.Exists(ask => ask.Id == command.AskId)) return ReasonCode.AskConflict;
        if (_byTime.Count(ask => ask.Prover == command.ProverId) == AskBook.MostAsksOfOne) return ReasonCode.AsksFull;
        _byTime.Add(new NaiveAsk { Id = command.AskId, Prover = command.ProverId, Account = account, Price = price, Slots = slots });
        return ReasonCode.None;
    });

    public ReasonCode Replace(AskCommand command, long price, int slots) => Own(command, ask =>
    {
        var goesBack = price != ask.Price || slots > ask.Slots;
        (ask.Price, ask.Slots) = (price, slots);
        if (goesBack) ToTheBack(ask);
    });

    public ReasonCode Cancel(AskCommand command) => Own(command, ask =>
    {
        ask.Slots = 0;
        if (ask.Filled == 0) _byTime.Remove(ask);
    });

    public (ReasonCode Code, List<BookFill> Fills) Match(BookOrder order)
    {
        if (_filled.TryGetValue(order.OrderId, out var known))
            return known.Order == order ? (ReasonCode.None, known.Fills.ConvertAll(fill => fill.Fill)) : (ReasonCode.OrderConflict, []);

        // One slot after the other.
        var taken = new List<NaiveAsk>();
        while (taken.Count < order.Slots)
        {
            var next = ByPriority().FirstOrDefault(ask =>
                ask.Open - taken.Count(other => other == ask) > 0
                && PriceOf(ask, order) <= order.Limit.Micro
                && ask.Account != order.Account
                && taken.Count(other => other.Prover == ask.Prover) < order.PerProver);
            if (next is null) break;
            taken.Add(next);
        }
        if (taken.Count < order.AtLeast) return (ReasonCode.NothingMatches, []);
        var fills = taken.GroupBy(ask => ask).Select(group => (group.Key, new BookFill
        {
            AskId = group.Key.Id, ProverId = group.Key.Prover, Account = group.Key.Account, Slots = group.Count(), Price = new Credits(PriceOf(group.Key, order)),
        })).ToList();
        foreach (var (ask, fill) in fills) ask.Filled += fill.Slots;
        _filled.Add(order.OrderId, (order, fills));
        return (ReasonCode.None, fills.ConvertAll(fill => fill.Item2));
    }

    public void Release(string orderId)
    {
        if (!_filled.Remove(orderId, out var order)) return;
        foreach (var (ask, fill) in order.Fills)
        {
            ask.Filled -= fill.Slots;
            ToTheBack(ask);
            if (ask is { Slots: 0, Filled: 0 }) _byTime.Remove(ask);
        }
    }

    private IEnumerable<NaiveAsk> ByPriority() => _byTime.Select((ask, time) => (ask, time)).OrderBy(entry => (entry.ask.Price, entry.time)).Select(entry => entry.ask);

    private static long PriceOf(NaiveAsk ask, BookOrder order) => (long)Math.Ceiling((decimal)ask.Price * order.Work.Milli / 1000);

    private void ToTheBack(NaiveAsk ask)
    {
        _byTime.Remove(ask);
        _byTime.Add(ask);
    }

    private ReasonCode Own(AskCommand command, Action<NaiveAsk> change) => Once(command, () =>
    {
        var ask = _byTime.Find(ask => ask.Id == command.AskId && ask.Slots > 0);
        if (ask is null) return ReasonCode.AskUnknown;
        if (ask.Prover != command.ProverId) return ReasonCode.AskNotOwned;
        change(ask);
        return ReasonCode.None;
    });

    private ReasonCode Once(AskCommand command, Func<ReasonCode> carryOut)
    {
        if (_last.TryGetValue(command.ProverId, out var last) && command.Version <= last)
            return command.Version == last ? ReasonCode.None : ReasonCode.CommandStale;
        var code = carryOut();
        if (code == ReasonCode.None) _last[command.ProverId] = command.Version;
        return code;
    }

    private sealed class NaiveAsk
    {
        public required string Id { get; init; }

        public required string Prover { get; init; }

        public required string Account { get; init; }

        public required long Price { get; set; }

        public required int Slots { get; set; }

        public int Filled { get; set; }

        public int Open => Math.Max(0, Slots - Filled);

        public override string ToString() => $"{Id} {Prover} {Price} {Open}";
    }
}
