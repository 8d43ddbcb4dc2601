namespace ProvingMarket.Proofs.Groth16;

/// <summary>How large documents may be before they are refused unread.</summary>
public sealed record Groth16Limits
{
    /// <summary>The defaults.</summary>
    public static Groth16Limits Default { get; } = new();

    /// <summary>The most bytes of a verification key.</summary>
    /// <value>1 MiB by default, enough for <see cref="MaxPublicInputs"/>.</value>
    public int MaxKeyBytes { get; init; } = 1024 * 1024;

    /// <summary>The most bytes of a proof.</summary>
    /// <value>256 KiB by default, as large as any that the market takes; snarkjs writes less than 1 KiB.</value>
    public int MaxProofBytes { get; init; } = 256 * 1024;

    /// <summary>The most bytes of a document of public inputs.</summary>
    /// <value>512 KiB by default, enough for <see cref="MaxPublicInputs"/>.</value>
    public int MaxPublicInputsBytes { get; init; } = 512 * 1024;

    /// <summary>The most public inputs.</summary>
    /// <value>4,096 by default.</value>
    public int MaxPublicInputs { get; init; } = 4096;
}
