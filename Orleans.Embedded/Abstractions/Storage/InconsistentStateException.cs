using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A record was changed by another since it was read. Unless the grain handles it, the activation ends and the next one reads again.</summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    /// <summary>Initializes the exception.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened.</param>
    public InconsistentStateException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public InconsistentStateException(string message, Exception? innerException) : base(message, innerException!)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="errorMsg">What happened.</param>
    /// <param name="storedEtag">The version in the storage.</param>
    /// <param name="currentEtag">The version the writer had read.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag) : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="errorMsg">What happened.</param>
    /// <param name="storedEtag">The version in the storage.</param>
    /// <param name="currentEtag">The version the writer had read.</param>
    /// <param name="storageException">The cause.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>Gets the version in the storage.</summary>
    [Id(1)]
    public string? StoredEtag { get; private set; }

    /// <summary>Gets the version the writer had read.</summary>
    [Id(2)]
    public string? CurrentEtag { get; private set; }

    /// <summary>Gets or sets a value indicating whether the exception comes from the activation's own storage rather than from a grain it called.</summary>
    internal bool IsSourceActivation { get; set; } = true;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(InconsistentStateException)}: {Message} (stored version {StoredEtag ?? "none"}, current version {CurrentEtag ?? "none"}) {InnerException}";
}
