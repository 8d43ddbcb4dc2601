using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.RandomElection;

/// <summary>Computes the outcome of a random election again.</summary>
public static class RandomElectionAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        var (parameters, refusal) = RandomElectionParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");
        return RunAudit.Check(order, transcript, (place, _) => place == 1 ? parameters.Price : Credits.Zero) ?? ElectionAudit.Check(order, parameters.Terms, transcript);
    }
}
