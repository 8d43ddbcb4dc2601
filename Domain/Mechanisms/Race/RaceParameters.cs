using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>What the first valid proof is paid before decay.</summary>
    [Id(0)] public required Credits Reward { get; init; }

    /// <summary>The bond every participant puts up; slashed for an invalid proof or none by the hard deadline.</summary>
    [Id(1)] public Credits Bond { get; init; }

    /// <summary>How many provers may race, 1–256.</summary>
    [Id(2)] public int Participants { get; init; } = 16;

    /// <summary>How the reward falls between the deadlines.</summary>
    [Id(3)] public RewardDecay Decay { get; init; } = RewardDecay.Linear;

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "reward", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "Paid to the first valid proof, before decay." },
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by every participant, slashed for an invalid proof or none by the hard deadline." },
        new() { Name = "participants", Unit = "provers", Default = "16, or the min redundancy when that is more", Range = $"1 to {HighestParticipants}", Meaning = "How many may race." },
        new() { Name = "decay", Unit = "", Default = "linear", Range = "linear or none", Meaning = "How the reward falls from the soft to the hard deadline: linearly to 0, or not at all." },
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range.</summary>
    public static (RaceParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints)
    {
        var parameters = new RaceParameters { Reward = maxPrice, Participants = Math.Max(16, constraints.MinRedundancy) };
        foreach (var (name, value) in values)
        {
            switch (name)
            {
                case "reward" when Credits.TryParse(value, out var reward) && reward > Credits.Zero && reward <= maxPrice:
                    parameters = parameters with { Reward = reward };
                    break;
                case "bond" when Credits.TryParse(value, out var bond) && bond >= Credits.Zero && bond <= MarketLimits.Amount:
                    parameters = parameters with { Bond = bond };
                    break;
                case "participants" when TryCount(value, out var count) && count >= constraints.MinRedundancy:
                    parameters = parameters with { Participants = count };
                    break;
                case "decay" when value is "linear" or "none":
                    parameters = parameters with { Decay = value == "linear" ? RewardDecay.Linear : RewardDecay.None };
                    break;
                default:
                    return (null, Refuse(name, value, maxPrice, constraints));
            }
        }
        return (parameters, null);
    }

    private static bool TryCount(string value, out int count) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= HighestParticipants;

    private static Refusal Refuse(string name, string value, Credits maxPrice, RequestConstraints constraints) => name switch
    {
        "reward" => Invalid(name, $"a number of credits above 0 and at most the max price of {maxPrice}", value),
        "bond" => Invalid(name, $"a number of credits from 0 to {MarketLimits.Amount}", value),
        "participants" => Invalid(name, $"{Math.Max(1, constraints.MinRedundancy)} (the min redundancy) to {HighestParticipants}", value),
        "decay" => Invalid(name, "linear or none", value),
        _ => Refusal.Of(ReasonCode.ParameterUnknown, $"mechanism.{name}", "one of " + string.Join(", ", Listing.Select(p => p.Name)), name),
    };

    private static Refusal Invalid(string name, string limit, string value) =>
        Refusal.Of(ReasonCode.ParameterInvalid, $"mechanism.{name}", limit, value);
}

/// <summary>How a reward falls between the soft and the hard deadline.</summary>
public enum RewardDecay
{
    /// <summary>From the full reward at the soft deadline to nothing at the hard deadline, in a straight line.</summary>
    Linear = 0,
    /// <summary>The full reward until the hard deadline.</summary>
    None = 1,
}
