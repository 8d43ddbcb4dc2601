using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Mechanisms.ElectedRace;

/// <summary>What to expect of a race among elected provers: a few race, with bonds, and backups follow. One of them is paid, so each accepts only when
/// the reward is as many times its ask as there are seats.</summary>
internal static class ElectedRaceForecast
{
    private static readonly InstanceKnob Reach = InstanceKnob.Reach(75);
    private static readonly InstanceKnob Premium = InstanceKnob.Premium(0);
    private static readonly InstanceKnob Seats = new("elected", 3, 1, 16, "how many race side by side");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Reach, Premium, ElectionForecast.Bond, ElectionForecast.Patience, Seats];

    public static readonly ImmutableArray<MechanismInstance> Instances =
    [
        new() { Id = ElectedRaceParameters.MechanismName, Mechanism = ElectedRaceParameters.MechanismName },
        new() { Id = ElectedRaceParameters.MechanismName + "/guarded", Mechanism = ElectedRaceParameters.MechanismName, Settings = [new() { Name = Seats.Name, Value = 5 }, new() { Name = ElectionForecast.Bond.Name, Value = 100 }] },
    ];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var terms = Terms(instance, outlook);
        return new MechanismChoice
        {
            Name = ElectedRaceParameters.MechanismName,
            Parameters = terms.ToParameters("reward").Add("elected", terms.Seats.ToString(CultureInfo.InvariantCulture)),
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        var terms = Terms(instance, outlook);
        var forecast = ElectionForecast.Of(terms, outlook);
        return forecast.Limit is null ? forecast with { PriceMicro = RaceForecast.Decayed(terms.Price, forecast.Seconds, outlook) } : forecast;
    }

    private static ElectionForecast.Terms Terms(MechanismInstance instance, RunOutlook outlook)
    {
        var seats = Math.Max(instance.Setting(Seats), outlook.MinRedundancy);
        var reward = Credits.Min(outlook.Posted(instance.Setting(Reach), instance.Setting(Premium)).Scale(seats, 1), outlook.MaxPrice);
        return ElectionForecast.Terms.Of(reward, seats, instance, outlook);
    }
}
