namespace ProvingMarket.Proofs;

/// <summary>A proof system and the format of its documents, as the market sees it: by name, over bytes.</summary>
/// <remarks>Implementations are immutable and may be called by many threads; no document makes them throw.</remarks>
public interface IProofSystem
{
    /// <summary>The name under which programs ask for it, such as <c>groth16</c>.</summary>
    string Name { get; }

    /// <summary>Reads and checks a verification key and computes all that depends on the key alone.</summary>
    /// <param name="verificationKey">The key's document.</param>
    /// <returns>The key, ready for many verifications, or why it is refused.</returns>
    ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey);

    /// <summary>Checks public inputs that somebody wants a proof for, before there is one.</summary>
    /// <param name="key">A key that this proof system prepared.</param>
    /// <param name="publicInputs">The public inputs' document.</param>
    /// <returns>Why no proof could ever verify for them; null when they are well-formed, canonical and as many as the key takes.</returns>
    ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs);

    /// <summary>Whether two documents state the same public inputs, however they are laid out. False when one cannot be read.</summary>
    /// <param name="first">A public inputs' document.</param>
    /// <param name="second">Another.</param>
    bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second);

    /// <summary>A digest that documents have in common exactly when <see cref="SamePublicInputs"/> says that they state the same, to find such among many
    /// without comparing each with each. For comparison only: it need not be the same in another version.</summary>
    /// <param name="publicInputs">The public inputs' document.</param>
    /// <returns>The digest; null when the document cannot be read.</returns>
    string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs);

    /// <summary>Reads a proof and its public inputs and verifies them.</summary>
    /// <param name="key">A key that this proof system prepared.</param>
    /// <param name="proof">The proof's document.</param>
    /// <param name="publicInputs">The public inputs' document.</param>
    /// <returns>The verdict; unreadable documents are refused like wrong proofs, with another fault.</returns>
    VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs);

    /// <summary>Verifies many proofs against one key, which is cheaper for each than verifying it alone.</summary>
    /// <param name="key">A key that this proof system prepared.</param>
    /// <param name="proofs">The proofs with their public inputs.</param>
    /// <param name="randomness">
    /// Bytes that no prover could know before it sent its proof, at least <see cref="BatchRandomness.BytesPerProof"/> for each proof:
    /// whoever knows them in advance can make wrong proofs cancel out.
    /// </param>
    /// <returns>A verdict for each proof, in order.</returns>
    /// <exception cref="ArgumentException">There are too few random bytes.</exception>
    IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness);
}

/// <summary>A verification key that was read, checked and prepared. Immutable.</summary>
public interface IPreparedKey
{
    /// <summary>The name of the proof system that prepared it.</summary>
    string System { get; }

    /// <summary>The number of public inputs that a proof must come with.</summary>
    int PublicInputCount { get; }

    /// <summary>How many bytes its public inputs take at least, whatever their values; null when the proof system does not say.</summary>
    long? LeastPublicInputsBytes => null;

    /// <summary>About how many bytes of memory it holds for as long as it is kept: what grows with the key and all else that is large, computed from the number of
    /// elements and their size. Objects' headers and a few fields are left out.</summary>
    long ByteCount { get; }
}

/// <summary>A proof and its public inputs, as documents.</summary>
/// <param name="Proof">The proof.</param>
/// <param name="PublicInputs">The public inputs.</param>
public readonly record struct ProofItem(ReadOnlyMemory<byte> Proof, ReadOnlyMemory<byte> PublicInputs);

/// <summary>How much randomness batches need.</summary>
public static class BatchRandomness
{
    /// <summary>
    /// Bytes for each proof: a wrong proof slips through a batch with a probability of at most 2^-124, and is found by no other means.
    /// </summary>
    public const int BytesPerProof = 16;
}
