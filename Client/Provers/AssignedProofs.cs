using ProvingMarket.Client.Backends;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;

namespace ProvingMarket.Client.Provers;

/// <summary>Looks at what a backend has made as the market will, before anything is delivered: a proof for other public inputs is refused there, and one that is invalid costs the whole bond.</summary>
internal static class AssignedProofs
{
    /// <summary>What is to be delivered: the proof, for the public inputs as the request has written them; or a failure when it is a proof for others, or of nothing. What is of a proof system that is
    /// not known here is for the market to look at, and so is whether a proof is valid of a program that is not offered from here.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="program">The program.</param>
    /// <param name="wanted">The public inputs of the assignment, or of one of its statements.</param>
    /// <param name="result">What the backend has made.</param>
    public static ProverResult Check(WorkerContext worker, ProgramSummary program, Bytes wanted, ProverResult result)
    {
        if (result is not ProverSuccess proof || !worker.ProofSystems.TryGet(program.ProofSystem, out var system)) return result;
        if (!system.SamePublicInputs(wanted.Memory, proof.PublicInputs)) return Foreign("the input gives other public inputs than the request's");
        return worker.Keys.TryGetValue(program.ProgramId, out var key) && system.Verify(key, proof.Proof, wanted.Memory).Refusal is { } invalid
            ? new ProverFailure(ProverFailureReason.ProofInvalid, $"{worker.Backend.Name} has made a proof that does not verify: {invalid.Message}")
            : proof with { PublicInputs = wanted.Memory };
    }

    /// <summary>What follows from a refusal: a proof that the market has refused for its public inputs is no better the next time. Null when it is another refusal.</summary>
    public static ProverFailure? Check(Refusal refusal) => refusal.Code == ReasonCode.ProofForAnotherRequest ? Foreign(refusal.ToString()) : null;

    private static ProverFailure Foreign(string message) => new(ProverFailureReason.InputRejected, message);
}
