using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Mechanisms.RandomElection;

/// <summary>What to expect of a random election: one works at a posted price, whoever is drawn, and backups follow in order.</summary>
internal static class RandomElectionForecast
{
    private static readonly InstanceKnob Reach = InstanceKnob.Reach(60);

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Reach, ElectionForecast.Bond, ElectionForecast.Patience];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => new()
    {
        Name = RandomElectionParameters.MechanismName, Parameters = Terms(instance, outlook).ToParameters("price"),
    };

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook) => outlook.MinRedundancy > 1
        ? RunForecast.Impossible(outlook.TooFew(1))
        : ElectionForecast.Of(Terms(instance, outlook), outlook);

    private static ElectionForecast.Terms Terms(MechanismInstance instance, RunOutlook outlook) =>
        ElectionForecast.Terms.Of(outlook.Posted(instance.Setting(Reach), premiumPercent: 0), seats: 1, instance, outlook);
}
