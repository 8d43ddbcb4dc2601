using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>Parameters of a race.</summary>
[GenerateSerializer, Immutable, Alias("pm.RaceParameters")]
public sealed record RaceParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "race";

    /// <summary>Most provers that can take part at all.</summary>
    public const int HighestParticipants = 256;

    /// <summary>The bond every participant puts up; slashed for an invalid proof or none by the hard deadline.</summary>
    [Id(0)] public Credits Bond { get; init; }

    /// <summary>How many provers may race, 1–256.</summary>
    [Id(1)] public int Participants { get; init; } = 16;

    /// <summary>What winners are paid.</summary>
    [Id(2)] public required RacePrize Prize { get; init; }

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by every participant, slashed for an invalid proof or none by the hard deadline." },
        new() { Name = "participants", Unit = "provers", Default = "16, or the min redundancy or the winners when that is more", Range = $"1 to {HighestParticipants}", Meaning = "How many may race." },
        .. RacePrize.Listing,
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    public static (RaceParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints)
    {
        var reader = new ParameterReader(values, Listing);
        var prize = RacePrize.Read(reader, maxPrice);
        var least = Math.Max(prize.Winners, constraints.MinRedundancy);
        var parameters = new RaceParameters
        {
            Prize = prize,
            Bond = reader.Money("bond", Credits.Zero, Credits.Zero, MarketLimits.Amount),
            Participants = reader.Count("participants", Math.Max(16, least), least, HighestParticipants, "provers"),
        };
        return reader.Refusal is null ? (parameters, null) : (null, reader.Refusal);
    }
}
