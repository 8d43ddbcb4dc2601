using System.Collections.Immutable;
using ProvingMarket.Grains;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>All promises of the market, and what they are told.</summary>
internal sealed class InvariantSet
{
    private readonly ImmutableArray<Invariant> _invariants;
    private readonly ImmutableArray<Invariant> _watchingSteps;
    private readonly MarketRecords _records = new();
    private readonly MarketView _market;

    /// <param name="report">Told of violations: invariant, expected, found.</param>
    /// <param name="retention">How long records of requests that have ended are kept; null for the market's default.</param>
    /// <param name="conduct">How everybody behaves; null where nothing is known of that.</param>
    public InvariantSet(Action<string, string, string> report, TimeSpan? retention = null, Conduct? conduct = null)
    {
        _invariants = Create(retention ?? new MarketOptions().RequestRetention, conduct ?? new Conduct());
        _watchingSteps = [.. _invariants.Where(invariant => invariant.WatchesSteps)];
        _market = new MarketView(_records, report);
    }

    /// <summary>Names and descriptions, for reports and documentation.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Create(TimeSpan.Zero, new Conduct()).Select(invariant => invariant.Name)];

    /// <summary>What is durable.</summary>
    public MarketRecords Records => _records;

    /// <summary>A record was written.</summary>
    public void Written(string key, object state, DateTimeOffset now)
    {
        _market.Now = now;
        foreach (var change in _records.Apply(key, state))
        {
            foreach (var invariant in _invariants) invariant.Changed(change, _market);
        }
    }

    /// <summary>A record was deleted.</summary>
    public void Deleted(string key, object state, DateTimeOffset now)
    {
        if (MarketRecords.RequestOf(key, state) is not { } request) return;
        _market.Now = now;
        foreach (var invariant in _invariants) invariant.Changed(new RecordDeleted(request, state), _market);
    }

    /// <summary>A client or worker was told something.</summary>
    public void Observed(Observation observation, DateTimeOffset now)
    {
        _market.Now = now;
        foreach (var invariant in _invariants) invariant.Observed(observation, _market);
    }

    /// <summary>A step has ended.</summary>
    public void Stepped(DateTimeOffset now, DateTimeOffset disturbedAt)
    {
        (_market.Now, _market.DisturbedAt) = (now, disturbedAt);
        foreach (var invariant in _watchingSteps) invariant.Stepped(_market);
    }

    /// <summary>The market had its time to come to rest.</summary>
    public void AtRest(DateTimeOffset now)
    {
        _market.Now = now;
        foreach (var invariant in _invariants) invariant.AtRest(_market);
    }

    private static ImmutableArray<Invariant> Create(TimeSpan retention, Conduct conduct) =>
    [
        new MoneyIsConstant(),
        new MoneyIsNeverNegative(),
        new SlotsAndBondsWithinLimits(),
        new OneSettlementPerRequest(),
        new NobodyGainsByWhatIsNotProved(),
        new NoDoubleAssignment(),
        new NothingAcknowledgedIsLost(),
        new RetriesGiveTheSameResult(retention),
        new DeadlinesAreKept(),
        new OnlyValidProofsArePaid(),
        new EveryRequestEnds(),
        new NothingIsHeldAtRest(),
        new ClientsSeeOutagesOnly(),
        new TranscriptsCanBeAudited(),
        new BidsAreSealed(),
        new KeptForTheRetention(retention),
        new HonestProversKeepTheirBonds(conduct),
    ];
}
