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

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The type, and what it lacks.</param>
    /// <param name="innerException">The cause.</param>
    public CodecNotFoundException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}

/// <summary>A value names a type by an alias that no known type has: it was written by a newer or foreign program.</summary>
[GenerateSerializer]
public sealed class UnknownTypeAliasException : SerializerException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The alias and the type that was expected.</param>
    public UnknownTypeAliasException(string message) : base(message)
    {
    }
}

/// <summary>A value is larger or nested more deeply than is allowed: the message names the limit and its value.</summary>
[GenerateSerializer]
public sealed class SerializerLimitException : SerializerException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The limit and its value.</param>
    public SerializerLimitException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The limit and its value.</param>
    /// <param name="innerException">The cause.</param>
    public SerializerLimitException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
