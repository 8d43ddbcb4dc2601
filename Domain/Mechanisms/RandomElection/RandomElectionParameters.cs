using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.RandomElection;

/// <summary>Parameters of a random election.</summary>
[GenerateSerializer, Immutable, Alias("pm.RandomElectionParameters")]
public sealed record RandomElectionParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "random-election";

    /// <summary>What a valid proof is paid.</summary>
    [Id(0)] public required Credits Price { get; init; }

    /// <summary>The bond of the elected prover.</summary>
    [Id(1)] public Credits Bond { get; init; }

    /// <summary>How the election is held; it has one seat.</summary>
    [Id(2)] public required ElectionTerms Terms { get; init; }

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "price", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "Paid for a valid proof by the hard deadline." },
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by the elected prover, slashed for an invalid proof or none in time." },
        .. ElectionTerms.Listing,
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range, and a min redundancy above 1.</summary>
    public static (RandomElectionParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints)
    {
        var reader = new ParameterReader(values, Listing);
        reader.RefuseRedundancy(constraints);
        var parameters = new RandomElectionParameters
        {
            Price = reader.Money("price", maxPrice, new Credits(1), maxPrice),
            Bond = reader.Money("bond", Credits.Zero, Credits.Zero, MarketLimits.Amount),
            Terms = ElectionTerms.Read(reader, seats: 1),
        };
        return reader.Refusal is null ? (parameters, null) : (null, reader.Refusal);
    }
}
