using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>A mechanism as the router considers it: with settings relative to the request and the supply, from which the parameters of a run are made
/// (<see cref="IMechanism.Bind"/>). General ones are offered to everybody; a tuned one belongs to one requester.</summary>
[GenerateSerializer, Immutable, Alias("pm.MechanismInstance")]
public sealed record MechanismInstance
{
    /// <summary>Names it in tables and statistics, for example <c>race</c>, <c>race/thrifty</c> or, tuned, <c>race~premium=25</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>The mechanism.</summary>
    [Id(1)] public required string Mechanism { get; init; }

    /// <summary>Its settings, those of <see cref="IMechanism.Knobs"/>; those left out take the mechanism's defaults.</summary>
    [Id(2)] public ImmutableArray<InstanceSetting> Settings { get; init; } = [];

    /// <summary>The value of a setting.</summary>
    public int Setting(InstanceKnob knob)
    {
        foreach (var setting in Settings)
        {
            if (setting.Name == knob.Name) return setting.Value;
        }
        return knob.Default;
    }
}

/// <summary>A setting of an instance.</summary>
[GenerateSerializer, Immutable, Alias("pm.InstanceSetting")]
public sealed record InstanceSetting
{
    /// <summary>The name of its knob.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The value, in the knob's unit.</summary>
    [Id(1)] public required int Value { get; init; }
}

/// <summary>A setting that instances of a mechanism can differ in, and tuning can change.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">The value when an instance says nothing.</param>
/// <param name="Least">The smallest value.</param>
/// <param name="Most">The largest value.</param>
/// <param name="Meaning">What it is, with its unit.</param>
public sealed record InstanceKnob(string Name, int Default, int Least, int Most, string Meaning)
{
    /// <summary>The most that an eligible prover may ask and still be reached by the posted price, as a percentage of the eligible provers.</summary>
    public static InstanceKnob Reach(int percent) =>
        new("reach", percent, 5, 100, "per cent of the eligible provers whose ask the posted price covers");

    /// <summary>What is posted beyond the asks it covers.</summary>
    public static InstanceKnob Premium(int percent) =>
        new("premium", percent, 0, 300, "per cent posted on top, since those who do not win have worked for nothing");

    /// <summary>The bond under each lease.</summary>
    public static InstanceKnob Bond(int percent) => new("bond", percent, 0, 400, "bond in per cent of the posted price");
}
