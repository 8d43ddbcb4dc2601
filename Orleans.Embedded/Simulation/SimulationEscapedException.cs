using Orleans.Runtime;

namespace Orleans.Simulation;

/// <summary>Something left the simulation's thread: the run cannot be repeated. The message says what and from where.</summary>
public sealed class SimulationEscapedException : Exception
{
    /// <summary>Initializes an exception.</summary>
    public SimulationEscapedException()
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">What escaped and from where.</param>
    public SimulationEscapedException(string message) : base(message)
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">What escaped and from where.</param>
    /// <param name="innerException">The cause.</param>
    public SimulationEscapedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The main function of a process failed.</summary>
public sealed class SimulatedProcessException : Exception
{
    /// <summary>Initializes an exception.</summary>
    public SimulatedProcessException()
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">Which process.</param>
    public SimulatedProcessException(string message) : base(message)
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">Which process.</param>
    /// <param name="innerException">The failure.</param>
    public SimulatedProcessException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A storage operation failed because the simulation wanted it to. As with real storages callers may repeat what failed with it.</summary>
public sealed class SimulatedStorageException : OrleansException
{
    /// <summary>Initializes an exception.</summary>
    public SimulatedStorageException()
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">Which operation.</param>
    public SimulatedStorageException(string message) : base(message)
    {
    }

    /// <summary>Initializes an exception.</summary>
    /// <param name="message">Which operation.</param>
    /// <param name="innerException">The cause.</param>
    public SimulatedStorageException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
