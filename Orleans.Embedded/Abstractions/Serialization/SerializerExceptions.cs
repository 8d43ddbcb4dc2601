namespace Orleans.Serialization;

/// <summary>A value could not be written or read. Subclasses say why.</summary>
[GenerateSerializer]
public class SerializerException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What could not be written or read, and why.</param>
    public SerializerException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">What could not be written or read, and why.</param>
    /// <param name="innerException">The cause.</param>
    public SerializerException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}

/// <summary>A type cannot travel or be stored as it is declared: the message says what to change.</summary>
[GenerateSerializer]
public sealed class CodecNotFoundException : SerializerException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The type, and what it lacks.</param>
    public CodecNotFoundException(string message) : base(message)
    {
    }
}
