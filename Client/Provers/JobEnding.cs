using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>How a job ended.</summary>
internal sealed record JobEnding
{
    public required JobOutcome Outcome { get; init; }

    public ReasonCode Reason { get; init; }

    public Credits? Reward { get; init; }

    /// <summary>How long the backend worked; null when it was not asked.</summary>
    public TimeSpan? Proving { get; init; }

    /// <summary>True when the backend made a proof, whatever became of it.</summary>
    public bool ProofMade { get; init; }

    /// <summary>How many statements of a batch were accepted; 0 for a single one.</summary>
    public int Statements { get; init; }

    /// <summary>What the backend worked on; null for what the invitation says.</summary>
    public WorkUnits? Work { get; init; }

    /// <summary>The refusal to join.</summary>
    public Refusal? JoinRefusal { get; init; }

    public string Detail { get; init; } = "";
}

/// <summary>The outcomes of a job.</summary>
internal enum JobOutcome
{
    /// <summary>No lease was taken; <see cref="JobEnding.JoinRefusal"/> says why.</summary>
    NotJoined,
    /// <summary>The proof was accepted.</summary>
    Won,
    /// <summary>Another prover was faster.</summary>
    Outraced,
    /// <summary>The run ended through nobody's fault here.</summary>
    Closed,
    /// <summary>The backend failed or the market refused the proof.</summary>
    Failed,
    /// <summary>The deadline passed first.</summary>
    Late,
    /// <summary>Stopped with the worker, or not worth the work.</summary>
    GivenBack,
}
