using ProvingMarket.Client.Backends;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Provers;

/// <summary>Compares what a backend has computed from an input with what the proof is wanted for, as the market will, before anything is delivered.</summary>
internal static class AssignedInputs
{
    /// <summary>What the backend has made; a failure of the input when it is a proof for other public inputs. Those of a proof system that is not known here are for
    /// the market to compare.</summary>
    /// <param name="systems">The proof systems known here.</param>
    /// <param name="program">The program.</param>
    /// <param name="wanted">The public inputs of the assignment, or of one of its statements.</param>
    /// <param name="result">What the backend has made.</param>
    public static ProverResult Check(ProofSystems systems, ProgramSummary program, Bytes wanted, ProverResult result) =>
        result is ProverSuccess proof && systems.TryGet(program.ProofSystem, out var system) && !system.SamePublicInputs(wanted.Memory, proof.PublicInputs)
            ? Foreign("the input gives other public inputs than the request's")
            : result;

    /// <summary>What follows from a refusal: a proof that the market has refused for its public inputs is no better the next time. Null when it is another refusal.</summary>
    public static ProverFailure? Check(Refusal refusal) => refusal.Code == ReasonCode.ProofForAnotherRequest ? Foreign(refusal.ToString()) : null;

    private static ProverFailure Foreign(string message) => new(ProverFailureReason.InputRejected, message);
}
