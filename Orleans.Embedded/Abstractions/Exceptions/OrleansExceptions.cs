namespace Orleans.Runtime;

/// <summary>Something went wrong in the engine rather than in a grain.</summary>
[GenerateSerializer]
public class OrleansException : Exception
{
    /// <summary>Initializes the exception.</summary>
    public OrleansException() : base("Unexpected error.")
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened.</param>
    public OrleansException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public OrleansException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The silo is configured in a way that cannot work.</summary>
[GenerateSerializer]
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which setting, and why.</param>
    public OrleansConfigurationException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which setting, and why.</param>
    /// <param name="innerException">The cause.</param>
    public OrleansConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A call was refused before it ran.</summary>
[GenerateSerializer]
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message) : base(message)
    {
    }

    internal OrleansMessageRejectionException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The silo is not there: not started, stopping, killed or unreachable. A call that was under way has an unknown outcome.</summary>
[GenerateSerializer]
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>Initializes the exception.</summary>
    public SiloUnavailableException() : base("Silo unavailable")
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="msg">What happened.</param>
    public SiloUnavailableException(string msg) : base(msg)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public SiloUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The process that an observer lives in is not connected, or the observer was deleted.</summary>
[GenerateSerializer]
public sealed class ClientNotAvailableException : OrleansException
{
    internal ClientNotAvailableException(GrainId clientId) : base($"No activation for client {clientId}")
    {
    }

    internal ClientNotAvailableException(string message) : base(message)
    {
    }
}
