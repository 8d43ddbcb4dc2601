using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>Told what a worker does, for a user interface. Any number may be registered. Called from several threads; must return quickly. An
/// exception is logged and otherwise ignored.</summary>
public interface IProverEvents
{
    /// <summary>Something happened.</summary>
    void OnEvent(ProverEvent happened);
}

/// <summary>Something a worker did or was told.</summary>
public sealed record ProverEvent
{
    /// <summary>What.</summary>
    public required ProverEventKind Kind { get; init; }

    /// <summary>The prover.</summary>
    public required string ProverId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The run it is about; empty when it is about none.</summary>
    public string RunKey { get; init; } = "";

    /// <summary>Why; <see cref="ReasonCode.None"/> in the ordinary course.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>What was earned, with <see cref="ProverEventKind.Won"/> and <see cref="ProverEventKind.Delivered"/>.</summary>
    public Credits? Reward { get; init; }

    /// <summary>How long was spent proving, with events that end a proof.</summary>
    public TimeSpan? Proving { get; init; }

    /// <summary>The statement of a batch, with <see cref="ProverEventKind.Delivered"/>; null otherwise.</summary>
    public int? Statement { get; init; }

    /// <summary>How many statements of a batch were accepted, with events that end a job; 0 for a single one.</summary>
    public int Statements { get; init; }

    /// <summary>A sentence for people; may be empty.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>Kinds of <see cref="ProverEvent"/>.</summary>
public enum ProverEventKind
{
    /// <summary>The backend gets ready; the detail says how far it is.</summary>
    Preparing,
    /// <summary>A session with the market began, for the first time or again.</summary>
    Connected,
    /// <summary>The market does not answer, or has forgotten the session.</summary>
    ConnectionLost,
    /// <summary>The worker takes nothing new.</summary>
    Draining,
    /// <summary>The session has ended.</summary>
    Disconnected,

    /// <summary>An invitation waits for a slot.</summary>
    Queued,
    /// <summary>An invitation was declined.</summary>
    Declined,
    /// <summary>An invitation expired or was pushed out of the full queue.</summary>
    Dropped,
    /// <summary>The run did not let the worker join now; it tries again.</summary>
    JoinPostponed,
    /// <summary>The run did not let the worker join.</summary>
    JoinRefused,
    /// <summary>A lease was taken.</summary>
    Joined,
    /// <summary>The backend began to prove.</summary>
    Proving,
    /// <summary>The proof is made and is being delivered.</summary>
    Submitting,

    /// <summary>The proof of one statement of a batch was accepted; the job goes on.</summary>
    Delivered,
    /// <summary>The proof was accepted and is paid; of a batch, the proofs that were in time.</summary>
    Won,
    /// <summary>Another prover was faster.</summary>
    Outraced,
    /// <summary>The run ended for another reason that is nobody's fault here.</summary>
    Closed,
    /// <summary>The backend failed, or the market refused the proof.</summary>
    Failed,
    /// <summary>The deadline passed before the proof was delivered.</summary>
    Late,
    /// <summary>The worker gave its lease back: it stopped before the proof was made, or the lease turned out to pay too little.</summary>
    GivenBack,

    /// <summary>No work is taken for a program for a while: the backend has made an invalid proof, or cannot use the files. The detail says what for, until when and why.</summary>
    ProgramSuspended,
}
