using System.Collections.Immutable;
using System.Security.Cryptography;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>Verifies proofs: as many at once as there are processors, each on a turn of its own.</summary>
[StatelessWorker]
internal sealed class ProofVerifierGrain(KnownPrograms programs) : Grain, IProofVerifierGrain
{
    private static readonly Verdict ForAnother = new() { Reason = ReasonCode.ProofForAnotherRequest, Detail = "its public inputs are not the request's" };

    public Task<KeyInspection> InspectKeyAsync(string proofSystem, Bytes verificationKey)
    {
        if (programs.FindSystem(proofSystem) is not { } system) return Task.FromResult(new KeyInspection { Refusal = programs.UnknownSystem(proofSystem) });
        if (!system.PrepareKey(verificationKey.Memory).TryGet(out var key, out var refusal))
            return Task.FromResult(new KeyInspection { Refusal = refusal.As(ReasonCode.VerificationKeyInvalid, "verificationKey") });
        // Every request of it would be refused for its size.
        return Task.FromResult(key.LeastPublicInputsBytes > MarketLimits.PublicInputsBytes
            ? new KeyInspection
            {
                Refusal = Refusal.Of(
                    ReasonCode.FieldTooLarge, "publicInputs", $"at most {MarketLimits.PublicInputsBytes} bytes",
                    $"{key.PublicInputCount} of them with at least {key.LeastPublicInputsBytes} bytes"),
            }
            : new KeyInspection { PublicInputs = key.PublicInputCount });
    }

    public async Task<Refusal?> CheckPublicInputsAsync(string programId, Bytes publicInputs)
    {
        var (program, refusal) = await FindAsync(programId);
        return program is null ? refusal : program.Check(publicInputs);
    }

    public async Task<Verdict> VerifyAsync(VerifyCommand command)
    {
        var program = await GetAsync(command.ProgramId);
        if (!program.System.SamePublicInputs(command.ExpectedPublicInputs.Memory, command.PublicInputs.Memory))
            return ForAnother;
        return VerdictOf(program.System.Verify(program.Key, command.Proof.Memory, command.ExpectedPublicInputs.Memory));
    }

    public async Task<ImmutableArray<Verdict>> VerifyManyAsync(VerifyManyCommand command)
    {
        var program = await GetAsync(command.ProgramId);
        var own = command.Proofs.Where(proof => program.System.SamePublicInputs(proof.ExpectedPublicInputs.Memory, proof.PublicInputs.Memory)).ToArray();
        // Nobody could know it before the proofs were here.
        var randomness = RandomNumberGenerator.GetBytes(own.Length * BatchRandomness.BytesPerProof);
        var results = program.System.VerifyBatch(program.Key, [.. own.Select(proof => new ProofItem(proof.Proof.Memory, proof.ExpectedPublicInputs.Memory))], randomness);
        return [.. command.Proofs.Select(proof => Array.IndexOf(own, proof) is >= 0 and var n ? VerdictOf(results[n]) : ForAnother)];
    }

    private async Task<KnownProgram> GetAsync(string programId)
    {
        var (program, refusal) = await FindAsync(programId);
        return program ?? throw new InvalidOperationException($"Program {programId} cannot be verified: {refusal}.");
    }

    /// <summary>A program with its key prepared, or why there is none.</summary>
    private async Task<(KnownProgram? Program, Refusal? Refusal)> FindAsync(string programId)
    {
        if (programs.Find(programId) is { } known) return (known, null);
        var definition = await GrainFactory.GetGrain<IProgramGrain>(programId).GetDefinitionAsync();
        if (definition is null) return (null, Refusal.Of(ReasonCode.ProgramUnknown, "programId", "a registered program", programId));
        if (programs.FindSystem(definition.ProofSystem) is not { } system) return (null, programs.UnknownSystem(definition.ProofSystem));
        if (!system.PrepareKey(definition.VerificationKey.Memory).TryGet(out var key, out var unusable))
            return (null, unusable.As(ReasonCode.VerificationKeyInvalid, "verificationKey"));
        return (programs.Add(new KnownProgram(ProgramRules.SummaryOf(programId, definition, key.PublicInputCount), system, key)), null);
    }

    private static Verdict VerdictOf(VerificationResult result) => result.IsValid ? new Verdict { Reason = ReasonCode.None } : new Verdict
    {
        Reason = result.Refusal switch
        {
            // The proof system's own limit: nobody loses a bond for a proof that the market's limit let through.
            { Code: ProofRefusalCode.DocumentTooLarge } => ReasonCode.ProofTooLarge,
            { Fault: ProofFault.Document } => ReasonCode.ProofMalformed,
            _ => ReasonCode.ProofInvalid,
        },
        Detail = $"{result.Refusal.Code}: {result.Refusal.Message}",
    };
}
