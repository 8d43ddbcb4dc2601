namespace Orleans.Runtime.Messaging;

/// <summary>A connection to the silo could not be made.</summary>
public class ConnectionFailedException : OrleansException
{
    /// <summary>Initializes the exception.</summary>
    public ConnectionFailedException()
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">To whom, and why not.</param>
    public ConnectionFailedException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">To whom, and why not.</param>
    /// <param name="innerException">The cause.</param>
    public ConnectionFailedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
