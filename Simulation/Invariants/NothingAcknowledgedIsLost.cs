using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>What somebody was told is durable when they are told, and stays: an accepted request with its price held, a status, an outcome, a wish
/// to cancel, a deposit, a stake, a lease, a reward.</summary>
internal sealed class NothingAcknowledgedIsLost : Invariant
{
    private readonly Dictionary<string, string> _digests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Credits> _staked = new(StringComparer.Ordinal);

    public override string Name => "nothing-acknowledged-is-lost";

    public override void Observed(Observation observation, MarketView market)
    {
        switch (observation)
        {
            case SubmissionAcknowledged { Spec: var spec }:
                _digests.TryAdd(spec.RequestId, RequestRules.DigestOf(spec));
                CheckRequest(spec.RequestId, spec.Account, market);
                break;
            case StatusSeen { Status: var status }:
                CheckPhase(status.RequestId, status.Phase, market);
                break;
            case OutcomeSeen { Outcome.Status: { } status } seen:
                CheckPhase(status.RequestId, status.Phase, market);
                if (seen.Outcome.Proof.Length > 0 && market.Records.ProofOf(status.RequestId)?.Proof != seen.Outcome.Proof)
                    Broken(market, $"the proof told to the requester of {status.RequestId} to be durable", "another, or none");
                foreach (var told in seen.Outcome.Statements) CheckStatement(status, told, market);
                break;
            case OutcomeSeen { Outcome: var outcome } when _digests.ContainsKey(outcome.RequestId):
                Broken(market, $"a status of the accepted request {outcome.RequestId}", "that there is no such request");
                break;
            case CancellationAcknowledged { RequestId: var id }:
                if (market.Records.StandingOf(id) is not ({ CancelRequested: true } or { Phase: >= RequestPhase.Settling }))
                    Broken(market, $"the wish to cancel request {id} to be durable", "it is not");
                break;
            case DepositAcknowledged deposit:
                if (market.Records.FindEntry(deposit.Account, $"external/{deposit.EntryId}")?.Amount != deposit.Amount)
                    Broken(market, $"deposit {deposit.EntryId} of {deposit.Amount} credits on account {deposit.Account}", "no such entry");
                break;
            case StakeAcknowledged stake:
                if (_staked.GetValueOrDefault($"stake/{stake.ProverId}/{stake.EntryId}") != stake.Amount)
                    Broken(market, $"stake {stake.EntryId} of {stake.Amount} credits of prover {stake.ProverId}", "no such entry");
                break;
            case LeaseAcknowledged lease:
                CheckLease(lease, market);
                break;
            case StatementRewardAcknowledged reward:
                var proved = (market.Records.Runs.GetValueOrDefault(reward.RunKey) as CooperativeState)?.Proved.FirstOrDefault(known => known.Statement == reward.Statement);
                if (proved?.ProverId != reward.ProverId || proved.Reward != reward.Reward)
                    Broken(market, $"run {reward.RunKey} to pay {reward.ProverId} {reward.Reward} credits for statement {reward.Statement}", proved is null ? "no proof of it" : $"{proved.Reward} for {proved.ProverId}");
                break;
            case RewardAcknowledged reward:
                var report = market.Records.Runs.GetValueOrDefault(reward.RunKey)?.Run.Report;
                // A reward that has decayed to nothing is no payment.
                var nothing = report is { Succeeded: true } ? Credits.Zero : (Credits?)null;
                if ((report?.Payments.FirstOrDefault(payment => payment.ProverId == reward.ProverId)?.Amount ?? nothing) != reward.Reward)
                    Broken(market, $"run {reward.RunKey} to pay {reward.ProverId} {reward.Reward} credits", report is null ? "an open run" : $"{report.Reason} {report.Proof?.ProverId}");
                break;
        }
    }

    private void CheckStatement(RequestStatus status, StatementOutcome told, MarketView market)
    {
        var proved = market.Records.Requests.TryGetValue(status.RequestId, out var request) ? RequestLifecycle.ProvedOf(request) : [];
        var known = proved.FirstOrDefault(one => one.Statement == told.Statement);
        var key = known is null ? "" : GrainKeys.BatchProof(GrainKeys.Run(status.RequestId, known.Stage), known.Digest);
        if (market.Records.BatchProofs.GetValueOrDefault(key)?.Proof != told.Proof)
            Broken(market, $"the proof of statement {told.Statement} told to the requester of {status.RequestId} to be durable", "another, or none");
    }

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is ProverChanged prover && !ReferenceEquals(prover.Before?.StakeEntries, prover.After.StakeEntries))
        {
            // The registry forgets what is long done.
            foreach (var (id, staked) in prover.After.StakeEntries) _staked[id] = staked.Amount;
        }
        if (change is BodyWritten { After: var body } && _digests.TryGetValue(change.Key, out var digest) && digest != body.Digest)
            Broken(market, $"the body that was accepted as request {change.Key}", "another");
    }

    public override void AtRest(MarketView market)
    {
        foreach (var (id, digest) in _digests)
        {
            if (market.Records.Bodies.GetValueOrDefault(id)?.Digest != digest || market.Records.StandingOf(id) is null)
                Broken(market, $"the accepted request {id}", "nothing, or another");
        }
    }

    private void CheckRequest(string id, string account, MarketView market)
    {
        if (market.Records.Bodies.GetValueOrDefault(id)?.Digest != _digests[id])
        {
            Broken(market, $"the body of the accepted request {id} to be durable", "another, or none");
            return;
        }
        if (market.Records.StandingOf(id) is not { } request)
            Broken(market, $"the accepted request {id} to be durable", "its body only, and nothing held");
        else if (request.Phase < RequestPhase.Settling && market.Records.Accounts.GetValueOrDefault(account)?.Holds.ContainsKey(id) != true)
            Broken(market, $"the price of the accepted request {id} held on account {account}", "no hold");
    }

    /// <summary>Verifying and Assigned are what an open run tells; they are in its record, not in the request's.</summary>
    private void CheckPhase(string id, RequestPhase seen, MarketView market)
    {
        var durable = market.Records.StandingOf(id)?.Phase;
        var told = seen is RequestPhase.Assigned or RequestPhase.Verifying ? RequestPhase.Open : seen;
        if (durable is null || durable < told || (told.IsFinal() && durable != told)) Broken(market, $"request {id} to be {seen} as its requester was told", $"{durable}");
    }

    private void CheckLease(LeaseAcknowledged lease, MarketView market)
    {
        var run = market.Records.Runs.GetValueOrDefault(lease.RunKey)?.Run;
        if (run?.Participants.ContainsKey(lease.ProverId) != true)
        {
            Broken(market, $"run {lease.RunKey} to know prover {lease.ProverId}, who was given a lease", "it does not");
            return;
        }
        // Whose lease has ended meanwhile has heard of it too late; that is no loss.
        var isOver = run.Report is not null
            || run.Participants[lease.ProverId].Status is ParticipantStatus.Left or ParticipantStatus.Disqualified or ParticipantStatus.Lapsed or ParticipantStatus.Missed or ParticipantStatus.Delivered or ParticipantStatus.Released;
        if (!isOver && market.Records.Provers.GetValueOrDefault(lease.ProverId)?.Leases.ContainsKey(GrainKeys.Lease(lease.RunKey, lease.ProverId)) != true)
            Broken(market, $"the lease of prover {lease.ProverId} on the open run {lease.RunKey}", "no lease in the registry");
    }
}
