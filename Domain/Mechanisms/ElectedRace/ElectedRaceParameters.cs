using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.ElectedRace;

/// <summary>Parameters of a race among elected provers.</summary>
[GenerateSerializer, Immutable, Alias("pm.ElectedRaceParameters")]
public sealed record ElectedRaceParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "elected-race";

    /// <summary>What winners are paid.</summary>
    [Id(0)] public required RacePrize Prize { get; init; }

    /// <summary>The bond of every elected prover.</summary>
    [Id(1)] public Credits Bond { get; init; }

    /// <summary>How the election is held; without seats everyone eligible may race.</summary>
    [Id(2)] public required ElectionTerms Terms { get; init; }

    /// <summary>True when everyone eligible may race.</summary>
    public bool IsOpen => Terms.Seats == 0;

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "elected", Unit = "provers", Default = "3, or the min redundancy or the winners when that is more", Range = $"0 to {ElectionTerms.HighestSeats}", Meaning = "How many race side by side; 0: everyone eligible may, as in a race." },
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by every elected prover, slashed for an invalid proof or none in time." },
        .. RacePrize.Listing,
        .. ElectionTerms.Listing,
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    public static (ElectedRaceParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints)
    {
        var reader = new ParameterReader(values, Listing);
        var prize = RacePrize.Read(reader, maxPrice);
        var least = Math.Max(prize.Winners, constraints.MinRedundancy);
        var open = values.GetValueOrDefault("elected") == "0";
        var parameters = new ElectedRaceParameters
        {
            Prize = prize,
            Bond = reader.Money("bond", Credits.Zero, Credits.Zero, MarketLimits.Amount),
            Terms = ElectionTerms.Read(reader, open ? 0 : reader.Count("elected", Math.Max(3, least), least, ElectionTerms.HighestSeats, "provers")),
        };
        return reader.Refusal is null ? (parameters, null) : (null, reader.Refusal);
    }
}
