using Orleans.Serialization;

namespace ProvingMarket.Serialization;

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
    public SerializerLimitException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
