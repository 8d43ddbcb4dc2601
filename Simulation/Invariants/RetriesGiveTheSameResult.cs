using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>Asking again gives the same answer: a request that was accepted is accepted again with the same body, or refused as one whose records have been deleted after the retention, and
/// refused with another; who has been told how it ended, by whom it was proved, what was paid and which proof it got is told the same for ever; a proof that was paid is
/// paid the same.</summary>
internal sealed class RetriesGiveTheSameResult(TimeSpan retention) : Invariant
{
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _accepted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (RequestPhase Phase, ReasonCode Reason, string? Prover, Credits? Paid)> _ends = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Bytes> _proofs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _batches = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Run, string Prover), Credits> _rewards = [];
    private readonly Dictionary<(string Run, int Statement), (string Prover, Credits Reward)> _statements = [];

    public override string Name => "retry-same-result";

    public override void Observed(Observation observation, MarketView market)
    {
        switch (observation)
        {
            case SubmissionAcknowledged { Spec: var spec }:
                var digest = RequestRules.DigestOf(spec);
                if (!_accepted.TryAdd(spec.RequestId, digest) && _accepted[spec.RequestId] != digest)
                    Broken(market, $"another body to be refused as request {spec.RequestId}", "it was accepted");
                break;
            case SubmissionRefused { Spec: var spec, Refusal: var refusal } when _accepted.TryGetValue(spec.RequestId, out var accepted):
                var isSame = accepted == RequestRules.DigestOf(spec);
                if (isSame && (refusal.Code != ReasonCode.RequestForgotten || !MayBeForgotten(spec.RequestId, market)))
                    Broken(market, $"request {spec.RequestId} to be accepted again", $"{refusal}");
                else if (!isSame && refusal.Code != ReasonCode.RequestIdConflict) Broken(market, $"another body for {spec.RequestId} to be a conflict", $"{refusal}");
                break;
            case StatusSeen { Status: var status } when status.Phase.IsFinal():
                var end = (status.Phase, status.Outcome, status.ProverId, status.Paid);
                if (!_ends.TryAdd(status.RequestId, end) && _ends[status.RequestId] != end)
                    Broken(market, $"request {status.RequestId} ended as {_ends[status.RequestId]}", $"{end}");
                break;
            case OutcomeSeen { Outcome: { Status: { Statements: > 0, Phase: var phase } } batch } when phase.IsFinal():
                // What was proved of a batch can be had however it ended, and is always the same.
                var proofs = string.Join(' ', batch.Statements.Select(one => $"{one.Statement} {one.ProverId} {one.Proof.Sha256()}"));
                if (!_batches.TryAdd(batch.RequestId, proofs) && _batches[batch.RequestId] != proofs)
                    Broken(market, $"the same proofs for batch {batch.RequestId}: {_batches[batch.RequestId]}", proofs);
                break;
            case OutcomeSeen { Outcome: { Status.Phase: RequestPhase.Fulfilled } outcome }:
                if (outcome.Proof.Length == 0) Broken(market, $"the proof of the fulfilled request {outcome.RequestId}", $"{outcome.Refusal}");
                else if (!_proofs.TryAdd(outcome.RequestId, outcome.Proof) && _proofs[outcome.RequestId] != outcome.Proof)
                    Broken(market, $"the same proof for request {outcome.RequestId}", "another");
                break;
            case StatementRewardAcknowledged part:
                var once = (part.ProverId, part.Reward);
                if (!_statements.TryAdd((part.RunKey, part.Statement), once) && _statements[(part.RunKey, part.Statement)] != once)
                    Broken(market, $"{_statements[(part.RunKey, part.Statement)]} for statement {part.Statement} in run {part.RunKey}", $"{once}");
                break;
            case RewardAcknowledged reward:
                if (!_rewards.TryAdd((reward.RunKey, reward.ProverId), reward.Reward) && _rewards[(reward.RunKey, reward.ProverId)] != reward.Reward)
                    Broken(market, $"{_rewards[(reward.RunKey, reward.ProverId)]} credits for {reward.ProverId} in run {reward.RunKey}", $"{reward.Reward}");
                break;
        }
    }

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is RequestForgotten) _deleted.Add(change.Key);
    }

    /// <summary>Deleted, or about to be. Whether that was in time is <see cref="KeptForTheRetention"/>'s to say; the clock may have been set back since.</summary>
    private bool MayBeForgotten(string request, MarketView market) =>
        _deleted.Contains(request) || (market.Records.Requests.GetValueOrDefault(request) is { } state && RetentionRules.MayForget(state, retention, market.Now));
}
