using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.OrderBook;

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

    /// <summary>Whether asks have to stand in order books.</summary>
    public bool NeedsOrderBooks => Mechanism is null || Mechanism.Name == OrderBookParameters.MechanismName;

    /// <summary>One mechanism with its defaults.</summary>
    public static StudyPolicy Single(string mechanism) => new(mechanism, new MechanismChoice { Name = mechanism, Parameters = ImmutableSortedDictionary<string, string>.Empty });

    /// <summary>The market's own choice.</summary>
    public static StudyPolicy Routed { get; } = new(RoutedName, null);
}
