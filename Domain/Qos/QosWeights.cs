namespace ProvingMarket.Domain.Qos;

/// <summary>How much each quality matters to the requester, 0 (not at all) to 10.</summary>
[GenerateSerializer, Immutable, Alias("pm.QosWeights")]
public sealed record QosWeights
{
    /// <summary>The highest weight.</summary>
    public const int Highest = 10;

    /// <summary>A proof soon, 0–10.</summary>
    [Id(0)] public int Speed { get; init; } = 1;

    /// <summary>A low price, 0–10.</summary>
    [Id(1)] public int Cost { get; init; } = 1;

    /// <summary>A proof for certain, 0–10.</summary>
    [Id(2)] public int Safety { get; init; } = 1;

    /// <summary>No single prover able to withhold the proof, 0–10.</summary>
    [Id(3)] public int CensorshipResistance { get; init; } = 1;

    /// <summary>Refuses a weight outside 0–10 and weights that are all zero; null when they are fine.</summary>
    public Refusal? Check()
    {
        ReadOnlySpan<(string Field, int Value)> weights =
            [("weights.speed", Speed), ("weights.cost", Cost), ("weights.safety", Safety), ("weights.censorshipResistance", CensorshipResistance)];
        foreach (var (field, value) in weights)
        {
            if (value is < 0 or > Highest) return Refusal.Of(ReasonCode.OutOfRange, field, $"0 to {Highest}", $"{value}");
        }
        return Speed + Cost + Safety + CensorshipResistance == 0
            ? Refusal.Of(ReasonCode.OutOfRange, "weights", "at least one above 0", "all 0")
            : null;
    }
}
