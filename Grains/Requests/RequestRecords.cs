using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>What a request tells to auditors.</summary>
internal static class RequestRecords
{
    /// <summary>The record of a request.</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="spec">Its body.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="getRun">The grain of a run, by mechanism and key.</param>
    public static RequestRecord Of(string requestId, ProofRequestSpec spec, RequestState state, Func<MechanismChoice, string, GrainId> getRun)
    {
        return new RequestRecord
        {
            RequestId = requestId,
            Account = spec.Account,
            MaxPrice = spec.MaxPrice,
            Phase = state.Phase,
            Outcome = state.Outcome,
            Stages = state.Plan is { } plan
                ? [.. state.Ended.Select(ended => StageOf(plan, ended.Stage, ended.TranscriptHash)), StageOf(plan, state.Stage, state.TranscriptHash)]
                : [],
            Settlement = state.Settlement,
        };

        StageRecord StageOf(RoutePlan plan, int stage, Bytes transcriptHash)
        {
            var (mechanism, runKey) = (plan.Stages[stage], GrainKeys.Run(requestId, stage));
            return new StageRecord
            {
                Stage = stage, RunKey = runKey, RunGrain = getRun(mechanism, runKey), Mechanism = mechanism, TranscriptHash = transcriptHash,
            };
        }
    }
}
