namespace ProvingMarket.Proofs;
#pragma warning disable
public interface IPreparedKey { int PublicInputCount { get; } }
public enum ProofRefusalCode { Malformed, PublicInputCount, NotCanonical }
public sealed record ProofRefusal(ProofRefusalCode Code, string Field, string Limit, string Value);
public readonly record struct ParseResult<T>(T? Value, ProofRefusal? Refusal) where T : class;
public sealed record VerificationResult(bool IsValid, ProofRefusal? Refusal);
public interface IProofSystem
{
    string Name { get; }
    ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey);
    ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs);
    bool SamePublicInputs(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual);
    VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs);
}
