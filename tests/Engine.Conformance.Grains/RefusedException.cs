namespace Orleans.Conformance;

/// <summary>What grains of these tests throw.</summary>
[GenerateSerializer, Alias("conformance.refused")]
public sealed class RefusedException : Exception
{
    public RefusedException()
    {
    }

    public RefusedException(string message) : base(message)
    {
    }

    public RefusedException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>A member of its own.</summary>
    [Id(0)]
    public int Code { get; init; }
}
