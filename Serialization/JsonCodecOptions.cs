namespace ProvingMarket.Serialization;

/// <summary>Limits of a <see cref="JsonCodec"/>.</summary>
public sealed record JsonCodecOptions
{
    /// <summary>The limits that hold unless a host sets others.</summary>
    public static readonly JsonCodecOptions Default = new();

    /// <summary>Gets the largest value that is written, in bytes.</summary>
    /// <value>8 MiB.</value>
    public int MaxBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Gets how deeply objects and arrays may be nested.</summary>
    /// <value>64.</value>
    public int MaxDepth { get; init; } = 64;
}
