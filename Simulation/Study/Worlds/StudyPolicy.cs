using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Simulation.Study.Tuning;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>How the requests of a world are served: by one mechanism that they name, or as the market routes them.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mechanism">The mechanism every request names; null to let the market route.</param>
internal sealed record StudyPolicy(string Name, MechanismChoice? Mechanism)
{
    /// <summary>The name of the policy that leaves the choice to the market.</summary>
    public const string RoutedName = "routed";

    /// <summary>The name of the best of the single mechanisms for each request, known afterwards: no world of its own.</summary>
    public const string OracleName = "oracle";

    /// <summary>What is wrong with the only instance of the market; null when the market has all of its own.</summary>
    public Mistuning? Mistuning { get; private init; }

    /// <summary>Whether instances are tuned for requesters.</summary>
    public bool Tunes { get; private init; } = true;

    /// <summary>Whether asks have to stand in order books.</summary>
    public bool NeedsOrderBooks => (Mistuning?.Mechanism ?? Mechanism?.Name ?? OrderBookParameters.MechanismName) == OrderBookParameters.MechanismName;

    /// <summary>One mechanism with its defaults.</summary>
    public static StudyPolicy Single(string mechanism) => new(mechanism, new MechanismChoice { Name = mechanism });

    /// <summary>The market's own choice.</summary>
    public static StudyPolicy Routed { get; } = new(RoutedName, null);

    /// <summary>The market's own choice when it has but one instance, which does not fit.</summary>
    public static StudyPolicy Mistuned(Mistuning mistuning, bool tunes) =>
        new($"{mistuning.Name}, {(tunes ? "tuned" : "not tuned")}", null) { Mistuning = mistuning, Tunes = tunes };
}
