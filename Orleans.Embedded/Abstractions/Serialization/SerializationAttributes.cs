namespace Orleans;

/// <summary>The type travels in messages or is stored: it is written member by member, by its ids.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
}

/// <summary>The identity of a member within its type. Never renumbered.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class IdAttribute : Attribute
{
    /// <summary>Gives the member its identity.</summary>
    /// <param name="id">The identity.</param>
    public IdAttribute(uint id) => Id = id;

    /// <summary>Gets the identity.</summary>
    public uint Id { get; }
}

/// <summary>The name a type, interface or method has outside of the program, so that the program may rename it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method | AttributeTargets.Interface, AllowMultiple = true)]
public sealed class AliasAttribute : Attribute
{
    /// <summary>Gives the type, interface or method its name.</summary>
    /// <param name="alias">The name.</param>
    public AliasAttribute(string alias)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(alias);
        Alias = alias;
    }

    /// <summary>Gets the name.</summary>
    public string Alias { get; }
}

/// <summary>Instances never change: they may be shared between grains.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter | AttributeTargets.ReturnValue, Inherited = false)]
public sealed class ImmutableAttribute : Attribute
{
}

/// <summary>How long a caller of the method waits for the answer, instead of the silo's default.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute : Attribute
{
    /// <summary>Sets the time.</summary>
    /// <param name="timeout">The time, as <see cref="TimeSpan"/> text such as <c>00:00:05</c>.</param>
    public ResponseTimeoutAttribute(string timeout) => Timeout = TimeSpan.Parse(timeout);

    /// <summary>Gets the time.</summary>
    public TimeSpan? Timeout { get; init; }
}
