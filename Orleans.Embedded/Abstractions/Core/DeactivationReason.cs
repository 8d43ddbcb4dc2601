namespace Orleans;

/// <summary>Why an activation ends.</summary>
public readonly struct DeactivationReason
{
    /// <summary>Initializes a reason.</summary>
    /// <param name="code">The kind of reason.</param>
    /// <param name="text">The reason in words.</param>
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text)
    {
    }

    /// <summary>Initializes a reason that was caused by an exception.</summary>
    /// <param name="code">The kind of reason.</param>
    /// <param name="exception">The cause.</param>
    /// <param name="text">The reason in words.</param>
    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>Gets the reason in words.</summary>
    public string Description { get; }

    /// <summary>Gets the kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>Gets the exception that caused the deactivation, if one did.</summary>
    public Exception? Exception { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. Exception: {Exception}";
}

/// <summary>The kinds of reason for which an activation ends.</summary>
[GenerateSerializer]
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason.</summary>
    None,

    /// <summary>The silo is stopping.</summary>
    ShuttingDown,

    /// <summary>The activation did not come up.</summary>
    ActivationFailed,

    /// <summary>The grain directory failed. The embedded engine's directory is a dictionary and never does.</summary>
    DirectoryFailure,

    /// <summary>The activation received no request for longer than its collection age.</summary>
    ActivationIdle,

    /// <summary>The activation is stuck.</summary>
    ActivationUnresponsive,

    /// <summary>Another activation of the grain exists. Cannot happen in the embedded engine.</summary>
    DuplicateActivation,

    /// <summary>A request was made for another version of the interface. Cannot happen in the embedded engine.</summary>
    IncompatibleRequest,

    /// <summary>The application failed, for example with an inconsistent state.</summary>
    ApplicationError,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,

    /// <summary>The activation moves to another silo. Cannot happen in the embedded engine.</summary>
    Migrating,

    /// <summary>The engine asked for it.</summary>
    RuntimeRequested,

    /// <summary>Memory is short.</summary>
    HighMemoryPressure,
}
