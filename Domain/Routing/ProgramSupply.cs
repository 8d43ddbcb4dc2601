using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Domain.Routing;

/// <summary>The provers of one program at one moment, sorted and bounded, so that routing costs the same however many there are. Up to
/// <see cref="Most"/> it is exact. Beyond, the fastest and the cheapest stand for themselves, and of the others one of every few, evenly over their
/// speeds, stands for its neighbours.</summary>
public sealed class ProgramSupply
{
    /// <summary>Most provers that forecasts look at.</summary>
    public const int Most = 128;

    private const int Extremes = 24;
    private const double BusyFactor = 1.5;

    private readonly ImmutableDictionary<string, OutlookProver> _byId;

    private ProgramSupply(ImmutableDictionary<string, OutlookProver> byId, OutlookProver[] kept)
    {
        _byId = byId;
        BySpeed = kept;
        Array.Sort(kept, static (a, b) => a.Seconds != b.Seconds ? a.Seconds.CompareTo(b.Seconds) : string.CompareOrdinal(a.ProverId, b.ProverId));
        ByPrice = [.. kept];
        Array.Sort(ByPrice, static (a, b) => a.Price != b.Price ? a.Price.CompareTo(b.Price) : string.CompareOrdinal(a.ProverId, b.ProverId));
        InBook = [.. kept.Where(prover => prover.BookPrice is not null)];
        Array.Sort(InBook, static (a, b) => a.BookPrice != b.BookPrice ? a.BookPrice!.Value.CompareTo(b.BookPrice!.Value) : string.CompareOrdinal(a.ProverId, b.ProverId));
    }

    /// <summary>Those that forecasts look at, the fastest first.</summary>
    internal OutlookProver[] BySpeed { get; }

    /// <summary>The same, the cheapest first.</summary>
    internal OutlookProver[] ByPrice { get; }

    /// <summary>Those with an open ask in the book, the cheapest first.</summary>
    internal OutlookProver[] InBook { get; }

    /// <summary>How many connected provers serve the program.</summary>
    public int Serving => _byId.Count;

    /// <summary>How many are connected and do not serve it.</summary>
    public required int NotServing { get; init; }

    /// <summary>How many are registered and not connected, for whichever program.</summary>
    public required int NotLive { get; init; }

    /// <summary>The median solo proving time in seconds; null when nobody serves it.</summary>
    public double? MedianSeconds { get; private init; }

    /// <summary>The median ask for a proof; null when nobody serves it.</summary>
    public Credits? MedianAsk { get; private init; }

    /// <summary>The share of the slots in use, 0–1.</summary>
    public double Load { get; private init; }

    /// <summary>A prover by its id; null when it is not connected or does not serve the program.</summary>
    public OutlookProver? Find(string proverId) => _byId.GetValueOrDefault(proverId);

    /// <summary>The supply of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="supply">What the registry's shards report.</param>
    /// <param name="asks">Open asks of the program's order book, the best first.</param>
    public static ProgramSupply Of(ProgramSummary program, IEnumerable<SupplyReport> supply, ImmutableArray<Ask> asks)
    {
        var standing = new Dictionary<string, Credits>(StringComparer.Ordinal);
        foreach (var ask in asks)
        {
            if (ask.Open > 0) standing.TryAdd(ask.ProverId, ask.PricePerUnit);
        }
        var (serving, notServing, notLive, slots, busy) = (new List<OutlookProver>(), 0, 0, 0L, 0L);
        foreach (var report in supply)
        {
            notLive += report.NotLive;
            foreach (var prover in report.Provers)
            {
                if (prover.Programs.FirstOrDefault(served => served.ProgramId == program.ProgramId) is not { } rate)
                {
                    notServing++;
                    continue;
                }
                (slots, busy) = (slots + prover.Slots, busy + prover.Busy);
                serving.Add(Outlook(prover, rate.MilliUnitsPerSecond, program, standing));
            }
        }
        var independent = WithIndependence(serving);
        return new ProgramSupply(independent.ToImmutableDictionary(prover => prover.ProverId, StringComparer.Ordinal), Kept(independent))
        {
            NotServing = notServing,
            NotLive = notLive,
            MedianSeconds = independent.Length == 0 ? null : Median(independent, prover => prover.Seconds / (prover.IsFree ? 1 : BusyFactor)),
            MedianAsk = independent.Length == 0 ? null : new Credits((long)Median(independent, prover => prover.Price.Micro)),
            Load = slots == 0 ? 0 : Math.Min(1, (double)busy / slots),
        };
    }

    private static OutlookProver Outlook(SupplyProver prover, double rate, ProgramSummary program, Dictionary<string, Credits> standing)
    {
        var isFree = prover.Busy < prover.Slots;
        var seconds = Math.Clamp(program.Work.Milli / Math.Max(rate, 1e-6), 1e-3, MarketLimits.DeadlineHorizon.TotalSeconds);
        return new OutlookProver
        {
            ProverId = prover.ProverId,
            Account = prover.Account,
            Hardware = prover.Hardware,
            Seconds = seconds * (isFree ? 1 : BusyFactor),
            Price = program.Work.PriceAt(prover.AskPerUnit),
            BookPrice = standing.TryGetValue(prover.ProverId, out var ask) ? program.Work.PriceAt(ask) : null,
            Success = prover.ReputationPpm / 1_000_000.0,
            Stake = prover.Stake,
            FreeStake = prover.FreeStake,
            MaxBond = prover.MaxBond,
            Service = seconds,
            Slots = Math.Max(1, prover.Slots),
            Busy = Math.Clamp(prover.Busy, 0, Math.Max(1, prover.Slots)),
            IsPaused = prover.IsPaused,
        };
    }

    private static OutlookProver[] WithIndependence(List<OutlookProver> provers)
    {
        var perAccount = provers.CountBy(prover => prover.Account, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. provers.Select(prover => perAccount[prover.Account] == 1 ? prover : prover with { Independence = 1.0 / perAccount[prover.Account] })];
    }

    private static OutlookProver[] Kept(OutlookProver[] provers)
    {
        if (provers.Length <= Most) return [.. provers];
        var kept = provers.OrderBy(prover => prover.Seconds).ThenBy(prover => prover.ProverId, StringComparer.Ordinal).Take(Extremes)
            .Concat(provers.OrderBy(prover => prover.Price).ThenBy(prover => prover.ProverId, StringComparer.Ordinal).Take(Extremes))
            .ToHashSet();
        var others = provers.Where(prover => !kept.Contains(prover)).OrderBy(prover => prover.Seconds).ThenBy(prover => prover.ProverId, StringComparer.Ordinal).ToArray();
        var groups = Most - kept.Count;
        for (var group = 0; group < groups; group++)
        {
            var (from, to) = (others.Length * group / groups, others.Length * (group + 1) / groups);
            // Another place in every group, so that no price or stake that goes along with the order is preferred.
            if (to > from) kept.Add(others[from + ((group * 7) % (to - from))] with { Weight = to - from });
        }
        return [.. kept];
    }

    private static double Median(OutlookProver[] provers, Func<OutlookProver, double> of)
    {
        var sorted = provers.Select(of).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
