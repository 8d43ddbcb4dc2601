using System.Collections.Immutable;
using System.Security.Cryptography;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains.Programs;

/// <summary>Verifies proofs: as many at once as there are processors, each on a turn of its own.</summary>
[StatelessWorker]
internal sealed class ProofVerifierGrain(PreparedKeys keys) : Grain, IProofVerifierGrain
{
    private static readonly Verdict ForAnother = new() { Reason = ReasonCode.ProofForAnotherRequest, Detail = "its public inputs are not the request's" };

    public Task<KeyInspection> InspectKeyAsync(string proofSystem, Bytes verificationKey)
    {
        if (keys.Find(proofSystem) is not { } system)
            return Task.FromResult(new KeyInspection { Refusal = Refusal.Of(ReasonCode.ProofSystemUnknown, "proofSystem", $"one of {keys.Known}", proofSystem) });
        return Task.FromResult(system.PrepareKey(verificationKey.Memory).TryGet(out var key, out var refusal)
            ? new KeyInspection { PublicInputs = key.PublicInputCount }
            : new KeyInspection { Refusal = RefusalOf(ReasonCode.VerificationKeyInvalid, "verificationKey", refusal) });
    }

    public async Task<Refusal?> CheckPublicInputsAsync(string programId, Bytes publicInputs)
    {
        var (system, key, refusal) = await PrepareAsync(programId);
        if (refusal is not null) return refusal;
        return system!.CheckPublicInputs(key!, publicInputs.Memory) is { } wrong
            ? RefusalOf(wrong.Code == ProofRefusalCode.WrongPublicInputCount ? ReasonCode.PublicInputCount : ReasonCode.PublicInputInvalid, "publicInputs", wrong)
            : null;
    }

    public async Task<Verdict> VerifyAsync(VerifyCommand command)
    {
        var (system, key, refusal) = await PrepareAsync(command.ProgramId);
        if (refusal is not null) throw new InvalidOperationException($"Program {command.ProgramId} cannot be verified: {refusal}.");
        if (!system!.SamePublicInputs(command.ExpectedPublicInputs.Memory, command.PublicInputs.Memory))
            return ForAnother;
        return VerdictOf(system.Verify(key!, command.Proof.Memory, command.ExpectedPublicInputs.Memory));
    }

    public async Task<ImmutableArray<Verdict>> VerifyManyAsync(VerifyManyCommand command)
    {
        var (system, key, refusal) = await PrepareAsync(command.ProgramId);
        if (refusal is not null) throw new InvalidOperationException($"Program {command.ProgramId} cannot be verified: {refusal}.");
        var own = command.Proofs.Where(proof => system!.SamePublicInputs(proof.ExpectedPublicInputs.Memory, proof.PublicInputs.Memory)).ToArray();
        // Nobody could know it before the proofs were here.
        var randomness = RandomNumberGenerator.GetBytes(own.Length * BatchRandomness.BytesPerProof);
        var results = system!.VerifyBatch(key!, [.. own.Select(proof => new ProofItem(proof.Proof.Memory, proof.ExpectedPublicInputs.Memory))], randomness);
        return [.. command.Proofs.Select(proof => Array.IndexOf(own, proof) is >= 0 and var n ? VerdictOf(results[n]) : ForAnother)];
    }

    private async Task<(IProofSystem? System, IPreparedKey? Key, Refusal? Refusal)> PrepareAsync(string programId)
    {
        if (keys.TryGet(programId, out var known)) return (known.System, known.Key, null);
        var definition = await GrainFactory.GetGrain<IProgramGrain>(programId).GetDefinitionAsync();
        if (definition is null) return (null, null, Refusal.Of(ReasonCode.ProgramUnknown, "programId", "a registered program", programId));
        if (keys.Find(definition.ProofSystem) is not { } system)
            return (null, null, Refusal.Of(ReasonCode.ProofSystemUnknown, "proofSystem", $"one of {keys.Known}", definition.ProofSystem));
        if (!system.PrepareKey(definition.VerificationKey.Memory).TryGet(out var key, out var unusable))
            return (null, null, RefusalOf(ReasonCode.VerificationKeyInvalid, "verificationKey", unusable));
        keys.Add(programId, system, key);
        return (system, key, null);
    }

    private static Verdict VerdictOf(VerificationResult result) => result.IsValid ? new Verdict { Reason = ReasonCode.None } : new Verdict
    {
        Reason = result.Refusal.Fault == ProofFault.Document ? ReasonCode.ProofMalformed : ReasonCode.ProofInvalid,
        Detail = $"{result.Refusal.Code}: {result.Refusal.Message}",
    };

    private static Refusal RefusalOf(ReasonCode code, string field, ProofRefusal refusal) =>
        Refusal.Of(code, $"{field} {refusal.Field}", refusal.Limit ?? refusal.Message, refusal.Value ?? "");
}
