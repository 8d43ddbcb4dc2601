namespace ProvingMarket.Simulation.Worlds;

/// <summary>What a world is made from.</summary>
internal sealed record WorldOptions
{
    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>How many requests are made.</summary>
    public int Lifecycles { get; init; } = 500;

    /// <summary>Where every step is written; null for nowhere.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Changes the silo after it was composed: this is how mutants are made.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; init; }
}
