namespace ProvingMarket.Proofs.Groth16;

/// <summary>A Groth16 proof over BN254: finite points on their curves. Immutable.</summary>
/// <remarks>
/// The bytes of a proof are no identity: (−A, −B, C) verifies when (A, B, C) does, and anyone who knows the key can make
/// many more valid proofs of the same statement from one.
/// </remarks>
public sealed class Groth16Proof
{
    internal Groth16Proof(G1Point a, G2Point b, G1Point c) => (A, B, C) = (a, b, c);

    internal G1Point A { get; }

    /// <summary>A point of the twist; whether it is in G2 is for the verifier to check.</summary>
    internal G2Point B { get; }

    internal G1Point C { get; }
}
