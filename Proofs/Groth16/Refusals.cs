namespace ProvingMarket.Proofs.Groth16;

/// <summary>Refusals that several parts of the verifier give.</summary>
internal static class Refusals
{
    public static ProofRefusal OutsideSubgroup(string field) => new(
        ProofRefusalCode.NotInSubgroup, field, $"{field} is on the twist but not in the subgroup of order r.");

    public static ProofRefusal WrongInputCount(int expected, int found) => new(
        ProofRefusalCode.WrongPublicInputCount,
        "public",
        $"The key asks for {expected} public inputs, not {found}.",
        $"{expected}",
        $"{found}");

    public static ProofRefusal EquationFailed { get; } = new(
        ProofRefusalCode.EquationFailed, "proof", "The pairing equation does not hold: the proof does not prove this statement under this key.");
}
