using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>Parameters of a Dutch auction.</summary>
[GenerateSerializer, Immutable, Alias("pm.DutchAuctionParameters")]
public sealed record DutchAuctionParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "dutch-auction";

    /// <summary>Most rescuers that can take part at all.</summary>
    public const int HighestRescuers = 256;

    /// <summary>Longest delay, ramp and lock.</summary>
    public static readonly TimeSpan LongestTime = MarketLimits.DeadlineHorizon;

    /// <summary>The price before the ramp.</summary>
    [Id(0)] public required Credits StartPrice { get; init; }

    /// <summary>The price after the ramp.</summary>
    [Id(1)] public required Credits EndPrice { get; init; }

    /// <summary>From the start of the run to the start of the ramp.</summary>
    [Id(2)] public TimeSpan StartDelay { get; init; }

    /// <summary>How long the price rises; 0 for a jump.</summary>
    [Id(3)] public required TimeSpan Ramp { get; init; }

    /// <summary>How long the taker has the run for itself; null for <see cref="DutchAuctionTimes.LockDeadline"/>'s own choice.</summary>
    [Id(4)] public TimeSpan? LockTimeout { get; init; }

    /// <summary>The bond of the taker.</summary>
    [Id(5)] public required Credits Bond { get; init; }

    /// <summary>What the requester pays whoever rescues it, beside the rescuer's share of the bond.</summary>
    [Id(6)] public required Credits RescueReward { get; init; }

    /// <summary>How many may try to rescue, 1–256.</summary>
    [Id(7)] public int Rescuers { get; init; } = 16;

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "startPrice", Unit = "credits", Default = "a tenth of the end price", Range = "0 to the end price", Meaning = "The price before and at the start of the ramp." },
        new() { Name = "endPrice", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "The price at the end of the ramp and after it." },
        new() { Name = "startDelay", Unit = "seconds", Default = "0", Range = $"0 to {ParameterReader.InSeconds(LongestTime)}", Meaning = "How long the start price stands before it rises." },
        new() { Name = "ramp", Unit = "seconds", Default = "half of the time to the soft deadline", Range = $"0 to {ParameterReader.InSeconds(LongestTime)}", Meaning = "How long the price rises from the start price to the end price; 0 for a jump." },
        new() { Name = "lockTimeout", Unit = "seconds", Default = "to the soft deadline, or half of the time to the hard deadline when that is longer", Range = $"0.001 to {ParameterReader.InSeconds(LongestTime)}", Meaning = "How long the taker has the run for itself; never beyond the hard deadline." },
        new() { Name = "bond", Unit = "credits", Default = "the end price", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by the taker, slashed when the lock is missed or a proof is invalid; the rescue is paid from it." },
        new() { Name = "rescueReward", Unit = "credits", Default = "half of the bond, at most the max price", Range = "above 0, at most the max price", Meaning = "Paid from the requester's hold to whoever rescues the request, beside the rescuer's share of the bond." },
        new() { Name = "rescuers", Unit = "provers", Default = "16", Range = $"1 to {HighestRescuers}", Meaning = "How many may race to rescue the request." },
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    /// <param name="values">The parameters by name.</param>
    /// <param name="maxPrice">The request's price ceiling.</param>
    /// <param name="constraints">Who may prove; one prover holds the lock, so a min redundancy above 1 is refused.</param>
    /// <param name="untilSoftDeadline">The time from the start to the soft deadline, from which the default ramp follows; negative counts as 0.</param>
    public static (DutchAuctionParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints, TimeSpan untilSoftDeadline)
    {
        var reader = new ParameterReader(values, Listing);
        reader.RefuseRedundancy(constraints);
        var halfTheTime = TimeSpan.FromTicks(Math.Clamp(untilSoftDeadline.Ticks / 2, 0, LongestTime.Ticks));
        var end = reader.Money("endPrice", maxPrice, new Credits(1), maxPrice);
        var bond = reader.Money("bond", end, Credits.Zero, MarketLimits.Amount);
        var parameters = new DutchAuctionParameters
        {
            EndPrice = end,
            StartPrice = reader.Money("startPrice", end.Scale(1, 10), Credits.Zero, end),
            StartDelay = reader.Seconds("startDelay", TimeSpan.Zero, TimeSpan.Zero, LongestTime),
            Ramp = reader.Seconds("ramp", halfTheTime, TimeSpan.Zero, LongestTime),
            LockTimeout = values.ContainsKey("lockTimeout")
                ? reader.Seconds("lockTimeout", LongestTime, TimeSpan.FromMilliseconds(1), LongestTime)
                : null,
            Bond = bond,
            RescueReward = reader.Money("rescueReward", DefaultRescueReward(bond, maxPrice), new Credits(1), maxPrice),
            Rescuers = reader.Count("rescuers", 16, 1, HighestRescuers, "provers"),
        };
        return reader.Refusal is { } refusal ? (null, refusal) : (parameters, null);
    }

    // Above 0, since whoever is paid first is who gets the rescuer's share of the bond.
    private static Credits DefaultRescueReward(Credits bond, Credits maxPrice) =>
        bond.Scale(1, 2) is var half && half > Credits.Zero ? Credits.Min(half, maxPrice) : new Credits(1);
}
