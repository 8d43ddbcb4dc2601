using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>Parameters of a request that is matched against the order book of its program.</summary>
[GenerateSerializer, Immutable, Alias("pm.OrderBookParameters")]
public sealed record OrderBookParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "order-book";

    /// <summary>Most provers side by side.</summary>
    public const int HighestProvers = 64;

    private static readonly TimeSpan ShortestTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>The highest price of the proof.</summary>
    [Id(0)] public required Credits Limit { get; init; }

    /// <summary>How many provers work side by side; the first valid proof is paid.</summary>
    [Id(1)] public int Provers { get; init; } = 1;

    /// <summary>The bond of every prover that is matched.</summary>
    [Id(2)] public Credits Bond { get; init; }

    /// <summary>How long a prover that is matched has to take its lease up or to decline.</summary>
    [Id(3)] public required TimeSpan AnswerWindow { get; init; }

    /// <summary>How long a prover has to deliver after its answer window; null for until the hard deadline.</summary>
    [Id(4)] public TimeSpan? DeliveryTime { get; init; }

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "limit", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "The highest price of the proof; asks that come to more are not touched." },
        new() { Name = "provers", Unit = "provers", Default = "the min redundancy, or 1", Range = $"the min redundancy to {HighestProvers}", Meaning = "How many work side by side, each at its own ask; the first valid proof is paid." },
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by every prover that is matched, slashed for an invalid proof or none in time." },
        new() { Name = "answerWindow", Unit = "seconds", Default = "5", Range = "0.1 to 86400", Meaning = "How long a prover that is matched has to take up its lease or to decline without penalty." },
        new() { Name = "deliveryTime", Unit = "seconds", Default = "until the hard deadline", Range = "0.1 to 86400", Meaning = "How long a prover has to deliver after its answer window; afterwards its bond is slashed and the next best ask is called." },
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    public static (OrderBookParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints)
    {
        var reader = new ParameterReader(values, Listing);
        var least = Math.Max(1, constraints.MinRedundancy);
        var delivery = reader.Seconds("deliveryTime", TimeSpan.Zero, ShortestTime, LongestTime);
        var parameters = new OrderBookParameters
        {
            Limit = reader.Money("limit", maxPrice, new Credits(1), maxPrice),
            Provers = reader.Count("provers", least, least, HighestProvers, "provers"),
            Bond = reader.Money("bond", Credits.Zero, Credits.Zero, MarketLimits.Amount),
            AnswerWindow = reader.Seconds("answerWindow", TimeSpan.FromSeconds(5), ShortestTime, LongestTime),
            DeliveryTime = delivery > TimeSpan.Zero ? delivery : null,
        };
        if (reader.Refusal is not null) return (null, reader.Refusal);
        return least <= HighestProvers
            ? (parameters, null)
            : (null, Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", $"at most {HighestProvers} for an order book", $"{least}"));
    }
}
