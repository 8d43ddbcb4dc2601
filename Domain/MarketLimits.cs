namespace ProvingMarket.Domain;

/// <summary>Limits of what the market accepts. A refusal names the limit it applied.</summary>
public static class MarketLimits
{
    /// <summary>Longest id of a request, account or prover, in characters.</summary>
    public const int IdLength = 100;

    /// <summary>Longest id of a movement of money, in characters: those of the market are made of other ids.</summary>
    public const int EntryIdLength = 256;

    /// <summary>Largest inline input or witness, in bytes.</summary>
    public const int InputBytes = 1024 * 1024;

    /// <summary>Largest public inputs, in bytes. A program whose public inputs are larger whatever their values, by their number, is not registered.</summary>
    public const int PublicInputsBytes = 64 * 1024;

    /// <summary>Most statements in a batch. All of them together are held to <see cref="InputBytes"/> and <see cref="PublicInputsBytes"/>, as a single one is.</summary>
    public const int BatchStatements = 64;

    /// <summary>Most proofs delivered in one call.</summary>
    public const int SubmissionProofs = 16;

    /// <summary>Largest proof, in bytes. The proof systems that come with the market read any that large; of another's own limit <see cref="ReasonCode.ProofTooLarge"/> tells, too.</summary>
    public const int ProofBytes = 256 * 1024;

    /// <summary>Largest verification key, in bytes.</summary>
    public const int VerificationKeyBytes = 1024 * 1024;

    /// <summary>Most entries in an allow or deny list, hardware list or parameter table.</summary>
    public const int ListEntries = 256;

    /// <summary>Longest value of a mechanism's parameter, in characters.</summary>
    public const int ParameterLength = 100;

    /// <summary>Highest price, stake or deposit in one movement: a billion credits.</summary>
    public static readonly Credits Amount = Credits.Whole(1_000_000_000);

    /// <summary>Highest ask for one work unit: a million credits.</summary>
    public static readonly Credits AskPerUnit = Credits.Whole(1_000_000);

    /// <summary>Most work of one proof: a million units. With <see cref="AskPerUnit"/> it keeps every price representable.</summary>
    public static readonly WorkUnits Work = new(1_000_000_000);

    /// <summary>Most slots one prover may offer.</summary>
    public const int ProverSlots = 1024;

    /// <summary>A run that knows so many provers, those included that have left it or were refused a lease, takes up nobody new; who has been drawn by then may still be called. Twice
    /// as many as any mechanism has places. What a run remembers of each is in one record, and a few hundred kilobytes of it are nothing to a storage that takes megabytes.</summary>
    public const int RunParticipants = 512;

    /// <summary>Furthest hard deadline.</summary>
    public static readonly TimeSpan DeadlineHorizon = TimeSpan.FromDays(30);

    /// <summary>Most by which the clocks of two processes of the market may differ: each at most five minutes from true time.</summary>
    public static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(10);

    /// <summary>A call reaches its grain within this time of its caller's deciding on it, or never: several times what callers wait for an answer, after
    /// which an engine no longer delivers it.</summary>
    public static readonly TimeSpan LateCall = TimeSpan.FromMinutes(2);
}
