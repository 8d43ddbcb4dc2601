using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>Parameters of a sealed-bid auction.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBidParameters")]
public sealed record SealedBidParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "sealed-bid-auction";

    /// <summary>Most backups kept.</summary>
    public const int HighestBackups = 16;

    /// <summary>Most bidders.</summary>
    public const int HighestBidders = 256;

    /// <summary>Highest grace on an ETA, in per cent.</summary>
    public const int HighestGrace = 1000;

    /// <summary>Shortest reveal window: four times as long as a worker waits at most before it asks again whether bidding has closed.</summary>
    public static readonly TimeSpan ShortestRevealWindow = TimeSpan.FromSeconds(2);

    /// <summary>Shortest bidding window.</summary>
    public static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest window.</summary>
    public static readonly TimeSpan LongestWindow = TimeSpan.FromHours(1);

    /// <summary>Longest window taken when none is given.</summary>
    public static readonly TimeSpan LongestDefaultWindow = TimeSpan.FromSeconds(10);

    /// <summary>Highest cost of delay: a million credits a second. Over <see cref="MarketLimits.DeadlineHorizon"/> it can be represented.</summary>
    public static readonly Credits HighestDelayCost = Credits.Whole(1_000_000);

    /// <summary>What the winner is paid.</summary>
    [Id(0)] public PricingRule Pricing { get; init; } = PricingRule.Second;

    /// <summary>The highest price accepted: the smaller of the reserve given and the request's max price.</summary>
    [Id(1)] public required Credits Cap { get; init; }

    /// <summary>How long bids are taken, when not everybody has answered before.</summary>
    [Id(2)] public required TimeSpan BiddingWindow { get; init; }

    /// <summary>How long bids are revealed, when not all are before.</summary>
    [Id(3)] public required TimeSpan RevealWindow { get; init; }

    /// <summary>What a second of a bid's ETA counts in its score.</summary>
    [Id(4)] public required Credits DelayCost { get; init; }

    /// <summary>What a failure counts in the score of a bid, times its probability.</summary>
    [Id(5)] public required Credits FailureCost { get; init; }

    /// <summary>The bond of everybody who bids.</summary>
    [Id(6)] public required Credits Bond { get; init; }

    /// <summary>The share of the bond that is slashed when a bid is not revealed, in per cent.</summary>
    [Id(7)] public int NonRevealPercent { get; init; } = 25;

    /// <summary>How many bidders after the winner are kept as backups.</summary>
    [Id(8)] public int Backups { get; init; } = 1;

    /// <summary>How much longer than its ETA a winner may take, in per cent of the ETA.</summary>
    [Id(9)] public int GracePercent { get; init; } = 50;

    /// <summary>How many may bid, 1–256.</summary>
    [Id(10)] public int Bidders { get; init; } = 64;

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "pricing", Unit = "first or second", Default = "second", Range = "first or second", Meaning = "Whether the winner is paid its own bid, or the price at which its score would equal that of the next." },
        new() { Name = "reserve", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "The highest price accepted, and what a sole bidder is paid under second price." },
        new() { Name = "biddingWindow", Unit = "seconds", Default = "a tenth of the time to the hard deadline, at most 10", Range = "0.1 to 3600", Meaning = "How long bids are taken; it ends early when everybody invited has answered." },
        new() { Name = "revealWindow", Unit = "seconds", Default = "a tenth of the time to the hard deadline, at least 2 and at most 10", Range = "2 to 3600", Meaning = "How long bids are revealed; it ends early when all are. Never so short that a prover that asks twice a second could miss it." },
        new() { Name = "delayCost", Unit = "credits a second", Default = "the max price over the time to the hard deadline", Range = $"0 to {HighestDelayCost}", Meaning = "What a second of a bid's ETA counts in its score." },
        new() { Name = "failureCost", Unit = "credits", Default = "the max price", Range = $"0 to {MarketLimits.Amount}", Meaning = "What a failure counts in a bid's score, times the prover's measured probability of failing." },
        new() { Name = "bond", Unit = "credits", Default = "a quarter of the reserve", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by everybody who bids, slashed when the winner delivers nothing valid in time." },
        new() { Name = "nonRevealPenalty", Unit = "per cent of the bond", Default = "25", Range = "0 to 100", Meaning = "What a bidder loses that does not reveal its bid." },
        new() { Name = "backups", Unit = "provers", Default = "1", Range = $"0 to {HighestBackups}", Meaning = "How many bidders after the winner are kept, to take over in their order. Each keeps its slot and bond until then." },
        new() { Name = "etaGrace", Unit = "per cent of the ETA", Default = "50", Range = $"0 to {HighestGrace}", Meaning = "How much longer than its ETA a winner may take before a backup takes over." },
        new() { Name = "bidders", Unit = "provers", Default = "64", Range = $"1 to {HighestBidders}", Meaning = "How many may bid, first come first served." },
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    /// <param name="values">The parameters by name.</param>
    /// <param name="maxPrice">The request's price ceiling.</param>
    /// <param name="constraints">Who may prove; the auction has one winner at a time, so a min redundancy above 1 is refused.</param>
    /// <param name="untilHardDeadline">The time from the start of the run to the hard deadline, in which both windows must fit; null before it is
    /// known.</param>
    public static (SealedBidParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints, TimeSpan? untilHardDeadline)
    {
        var reader = new ParameterReader(values, Listing);
        reader.RefuseRedundancy(constraints);
        var time = untilHardDeadline ?? MarketLimits.DeadlineHorizon;
        var cap = reader.Money("reserve", maxPrice, new Credits(1), maxPrice);
        var parameters = new SealedBidParameters
        {
            Pricing = reader.Word("pricing", PricingRule.Second, ("first", PricingRule.First), ("second", PricingRule.Second)),
            Cap = Credits.Min(cap, maxPrice),
            BiddingWindow = reader.Seconds("biddingWindow", DefaultWindow(time, ShortestWindow), ShortestWindow, LongestWindow),
            RevealWindow = reader.Seconds("revealWindow", DefaultWindow(time, ShortestRevealWindow), ShortestRevealWindow, LongestWindow),
            DelayCost = reader.Money("delayCost", DefaultDelayCost(maxPrice, time), Credits.Zero, HighestDelayCost),
            FailureCost = reader.Money("failureCost", maxPrice, Credits.Zero, MarketLimits.Amount),
            Bond = reader.Money("bond", cap.Scale(1, 4), Credits.Zero, MarketLimits.Amount),
            NonRevealPercent = reader.Count("nonRevealPenalty", 25, 0, 100, "per cent"),
            Backups = reader.Count("backups", 1, 0, HighestBackups, "provers"),
            GracePercent = reader.Count("etaGrace", 50, 0, HighestGrace, "per cent"),
            Bidders = reader.Count("bidders", 64, 1, HighestBidders, "provers"),
        };
        if (reader.Refusal is { } refusal) return (null, refusal);
        var windows = parameters.BiddingWindow + parameters.RevealWindow;
        return windows < time
            ? (parameters, null)
            : (null, Refusal.Of(
                ReasonCode.ParameterInvalid, "mechanism.biddingWindow + mechanism.revealWindow",
                $"less than the {ParameterReader.InSeconds(time)} seconds to the hard deadline", ParameterReader.InSeconds(windows)));
    }

    private static TimeSpan DefaultWindow(TimeSpan time, TimeSpan shortest) => TimeSpan.FromTicks(Math.Clamp(time.Ticks / 10, shortest.Ticks, LongestDefaultWindow.Ticks));

    private static Credits DefaultDelayCost(Credits maxPrice, TimeSpan time) =>
        Credits.Min(HighestDelayCost, time <= TimeSpan.Zero ? Credits.Zero : maxPrice.Scale(TimeSpan.TicksPerSecond, Math.Max(time.Ticks, TimeSpan.TicksPerSecond)));
}

/// <summary>What the winner of a sealed-bid auction is paid.</summary>
public enum PricingRule
{
    /// <summary>The price at which its score would equal that of the next bid, at most the cap; the cap when there is no next.</summary>
    Second = 0,
    /// <summary>The price it bid.</summary>
    First = 1,
}
