namespace Orleans.Runtime;

/// <summary>A call was refused because too many are under way. It has not run; it may be tried again later.</summary>
[GenerateSerializer]
public sealed class GatewayTooBusyException : OrleansException
{
    /// <summary>Initializes the exception.</summary>
    public GatewayTooBusyException() : base("Gateway too busy")
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which limit was reached.</param>
    public GatewayTooBusyException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">Which limit was reached.</param>
    /// <param name="innerException">The cause.</param>
    public GatewayTooBusyException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
