namespace ProvingMarket.Client.Backends;

/// <summary>
/// Why a backend made no proof. 1xx: the backend cannot work on this machine; 2xx: the job is at fault; 3xx: a limit was passed; 4xx: the
/// proving process failed; 5xx: it was told to stop.
/// </summary>
public enum ProverFailureReason
{
    /// <summary>An executable that the backend needs is not there or cannot be run.</summary>
    BackendMissing = 101,

    /// <summary>The executable is there in a version that cannot be used.</summary>
    BackendUnsupported = 102,

    /// <summary>The backend's packages could not be installed.</summary>
    InstallFailed = 103,

    /// <summary>The folder for the backend's files cannot be used: it cannot be written, or its disk is full.</summary>
    WorkingFolderUnusable = 104,

    /// <summary>The input is malformed, or the program's assertions do not hold for it.</summary>
    InputRejected = 201,

    /// <summary>The input is larger than the backend takes.</summary>
    InputTooLarge = 202,

    /// <summary>A file of the program is not there or cannot be read.</summary>
    ArtefactMissing = 203,

    /// <summary>The files of the program are not what they should be, or do not belong together.</summary>
    ArtefactInvalid = 204,

    /// <summary>The time limit passed.</summary>
    TimedOut = 301,

    /// <summary>The memory limit was passed.</summary>
    MemoryExceeded = 302,

    /// <summary>The proof or the public inputs are larger than the backend takes.</summary>
    OutputTooLarge = 303,

    /// <summary>The proving process ended on its own before it answered, or by a signal.</summary>
    Crashed = 401,

    /// <summary>The command reported failure by its exit code.</summary>
    ExitedWithError = 402,

    /// <summary>The command reported success and left no proof or no public inputs.</summary>
    OutputMissing = 403,

    /// <summary>The proof does not verify.</summary>
    ProofInvalid = 404,

    /// <summary>The caller cancelled, or the backend was disposed.</summary>
    Cancelled = 501,
}
