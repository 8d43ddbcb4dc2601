using ProvingMarket.Domain;

namespace ProvingMarket.Simulation.Study.Supply;

/// <summary>How a prover of the study behaves.</summary>
internal enum StudyConduct
{
    /// <summary>Takes what it can do, and mostly delivers.</summary>
    Honest,

    /// <summary>Takes everything and delivers bytes that are no proof.</summary>
    Invalid,

    /// <summary>Takes everything and never delivers.</summary>
    Silent,

    /// <summary>Is ten times slower than it says.</summary>
    Slow,
}

/// <summary>What a prover does with requests of accounts that it does not like.</summary>
internal enum Censorship
{
    /// <summary>The same as with all others.</summary>
    None,

    /// <summary>Declines them.</summary>
    Declines,

    /// <summary>Does not answer.</summary>
    Ignores,
}

/// <summary>A prover of the study.</summary>
internal sealed record StudyProver
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The account that is paid.</summary>
    public required string Account { get; init; }

    /// <summary>How it behaves.</summary>
    public required StudyConduct Conduct { get; init; }

    /// <summary>What it does with requests of censored accounts.</summary>
    public required Censorship Censorship { get; init; }

    /// <summary>True for a GPU, false for a CPU.</summary>
    public required bool IsGpu { get; init; }

    /// <summary>Proofs at a time.</summary>
    public required int Slots { get; init; }

    /// <summary>What it says it proves in a slot, in thousandths of a work unit a second. True unless it is slow.</summary>
    public required long MilliUnitsPerSecond { get; init; }

    /// <summary>The least it wants for a work unit.</summary>
    public required Credits AskPerUnit { get; init; }

    /// <summary>Its stake.</summary>
    public required Credits Stake { get; init; }

    /// <summary>The probability that a proof comes to nothing although it means well.</summary>
    public required double FailureRate { get; init; }
}
