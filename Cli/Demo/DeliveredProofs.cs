namespace ProvingMarket.Cli.Demo;

/// <summary>Writes delivered proofs as files that any Groth16 verifier reads, for example snarkjs.</summary>
internal static class DeliveredProofs
{
    /// <summary>One folder a request: <c>proof.json</c>, <c>public.json</c>, <c>verification_key.json</c>.</summary>
    public static async Task WriteAsync(string folder, IEnumerable<DemoOutcome> outcomes, CancellationToken cancellationToken)
    {
        foreach (var outcome in outcomes.Where(outcome => outcome.Proof.Length > 0))
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, outcome.Request.Name)).FullName;
            await File.WriteAllBytesAsync(Path.Combine(own, "proof.json"), outcome.Proof.Memory, cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(own, "public.json"), outcome.PublicInputs.Memory, cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(own, "verification_key.json"), outcome.VerificationKey.Memory, cancellationToken);
        }
    }
}
