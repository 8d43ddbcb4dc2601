using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>A mechanism named by the requester, with its parameters by name.</summary>
[GenerateSerializer, Immutable, Alias("pm.MechanismChoice")]
public sealed record MechanismChoice
{
    /// <summary>Its defaults throughout.</summary>
    public static readonly ImmutableSortedDictionary<string, string> NoParameters = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The mechanism's name, for example <c>race</c>.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Parameters by name; those left out take the mechanism's defaults.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, string> Parameters { get; init; } = NoParameters;
}

/// <summary>A parameter of a mechanism, for people and programs that list them.</summary>
[GenerateSerializer, Immutable, Alias("pm.MechanismParameter")]
public sealed record MechanismParameter
{
    /// <summary>The name used in <see cref="MechanismChoice.Parameters"/>.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The unit of the value, for example <c>credits</c>.</summary>
    [Id(1)] public required string Unit { get; init; }

    /// <summary>The value taken when left out, in words when it depends on the request.</summary>
    [Id(2)] public required string Default { get; init; }

    /// <summary>The allowed range, in words.</summary>
    [Id(3)] public required string Range { get; init; }

    /// <summary>What it does.</summary>
    [Id(4)] public required string Meaning { get; init; }
}
