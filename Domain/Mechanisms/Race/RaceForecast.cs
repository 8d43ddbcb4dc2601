using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>What to expect of a race: all but the winner work for nothing, so no more join in the long run than the reward pays for; of those whose ask it
/// covers as many as that, as long as there are places, and the fastest of those who deliver wins.</summary>
internal static class RaceForecast
{
    private static readonly InstanceKnob Reach = InstanceKnob.Reach(90);
    private static readonly InstanceKnob Premium = InstanceKnob.Premium(50);
    private static readonly InstanceKnob Bond = InstanceKnob.Bond(0);
    private static readonly InstanceKnob Places = new("participants", 16, 1, 64, "how many may race");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Reach, Premium, Bond, Places];

    public static readonly ImmutableArray<MechanismInstance> Instances =
    [
        new() { Id = RaceParameters.MechanismName, Mechanism = RaceParameters.MechanismName },
        new() { Id = RaceParameters.MechanismName + "/thrifty", Mechanism = RaceParameters.MechanismName, Settings = [new() { Name = Reach.Name, Value = 50 }, new() { Name = Premium.Name, Value = 20 }] },
    ];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var (reward, bond, places) = Terms(instance, outlook);
        return new MechanismChoice
        {
            Name = RaceParameters.MechanismName,
            Parameters = Parameters(
                ("reward", reward.ToString()), ("bond", bond.ToString()), ("participants", places.ToString(CultureInfo.InvariantCulture))),
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        var (reward, bond, places) = Terms(instance, outlook);
        var joining = Joining.All(outlook, reward, bond);
        if (joining.Count <= 0) return RunForecast.Impossible(outlook.Nobody(reward, bond));
        if (joining.Count < outlook.MinRedundancy) return RunForecast.Impossible(outlook.TooFew((int)joining.Count));
        var share = Math.Min(1, Math.Min(places, joining.PaidFor(reward)) / joining.Count);
        var timing = Timing.FirstOf(outlook.BySpeed, new Joining(reward, bond, share, outlook.UntilHard), out var independent);
        var (seconds, spread, below) = timing.Shape(2 * RunOutlook.RoundTrip);
        return new RunForecast
        {
            Delivered = joining.SomebodyDelivers(share),
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = Decayed(reward, seconds, outlook),
            PriceSpread = 0.02,
            Provers = independent,
        };
    }

    internal static ImmutableSortedDictionary<string, string> Parameters(params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        var table = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters) table[name] = value;
        return table.ToImmutable();
    }

    /// <summary>What a reward is worth in the end: it falls in a straight line between the deadlines.</summary>
    internal static double Decayed(Credits reward, double seconds, RunOutlook outlook) =>
        seconds <= outlook.UntilSoft || outlook.UntilHard <= outlook.UntilSoft
            ? reward.Micro
            : Math.Max(1, reward.Micro * Math.Max(0, (outlook.UntilHard - seconds) / (outlook.UntilHard - outlook.UntilSoft)));

    private static (Credits Reward, Credits Bond, int Places) Terms(MechanismInstance instance, RunOutlook outlook)
    {
        var places = Math.Max(instance.Setting(Places), outlook.MinRedundancy);
        var reward = outlook.PostedForRace(instance.Setting(Reach), instance.Setting(Premium), places);
        return (reward, RunOutlook.Percent(reward, instance.Setting(Bond)), places);
    }
}
