using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Simulation.Study.Tuning;

/// <summary>A market whose only instance does not fit its requester: settings far from what serves it well.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Persona">The requester.</param>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="Settings">What is wrong with it.</param>
internal sealed record Mistuning(string Name, string Persona, string Mechanism, ImmutableArray<InstanceSetting> Settings)
{
    /// <summary>The mistunings of the study.</summary>
    public static ImmutableArray<Mistuning> All { get; } =
    [
        // The price begins at nothing and needs all the time to the soft deadline to become worth anybody's while; the requester is in a hurry.
        new("flat Dutch ramp", "arbitrage-bot", "dutch-auction", [Setting("start", 0), Setting("ramp", 100)]),
        // Four times what every ask comes to; the requester can wait and wants it cheap.
        new("overpaid race", "cost-batch", "race", [Setting("premium", 300), Setting("reach", 100)]),
        // The price begins where it was to end, above what anybody asks.
        new("dear Dutch start", "cost-batch", "dutch-auction", [Setting("start", 100)]),
    ];

    /// <summary>The catalog of the market that has nothing else.</summary>
    public MechanismCatalog CatalogFrom(MechanismCatalog market) =>
        new([new RegisteredMechanism(new Mistuned(market.Find(Mechanism).Mechanism!, Settings), (grains, runKey) => market.GetRun(grains, new MechanismChoice { Name = Mechanism }, runKey))]);

    private static InstanceSetting Setting(string name, int value) => new() { Name = name, Value = value };

    /// <summary>A mechanism of the market in all but its only instance.</summary>
    private sealed class Mistuned(IMechanism mechanism, ImmutableArray<InstanceSetting> settings) : IMechanism
    {
        public string Name => mechanism.Name;

        public string Summary => mechanism.Summary;

        public ImmutableArray<MechanismParameter> Parameters => mechanism.Parameters;

        public ImmutableArray<InstanceKnob> Knobs => mechanism.Knobs;

        public ImmutableArray<MechanismInstance> Instances => [new MechanismInstance { Id = Name, Mechanism = Name, Settings = settings }];

        public Domain.Refusal? Check(MechanismChoice choice, Domain.Credits maxPrice, Domain.Requests.RequestConstraints constraints) =>
            mechanism.Check(choice, maxPrice, constraints);

        public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => mechanism.Bind(instance, outlook);

        public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => mechanism.Forecast(instance, outlook);
    }
}
