using System.Collections.Immutable;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A run is won with a proof that is valid for the request's own public inputs, delivered by the hard deadline by a prover that held a lease
/// and whom the requester allows; only those who delivered are paid, on their own accounts, together at most what the request is worth. What the requester is
/// given is that proof. Of a batch every statement that is paid has a valid proof of its own, kept in a record of its own, by who was given the statement; it is won
/// with all of them. Judged from program key and inputs here, not by the market's verifier.</summary>
internal sealed class OnlyValidProofsArePaid : Invariant
{
    public override string Name => "only-valid-proofs-are-paid";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RunChanged { After.Run: { Report: { } report } run } when change is not RunChanged { Before.Run.Report: not null }:
                Check(change.Key, run, report, market);
                break;
            case RequestChanged { Before: not { Phase: >= RequestPhase.Settling }, After: { Phase: >= RequestPhase.Settling and not RequestPhase.Rejected } request }:
                if (market.Records.Bodies.GetValueOrDefault(change.Key) is not { } body) break;
                if (body.Spec.IsBatch) CheckBatch(change.Key, body.Spec, body.Program.ProgramId, RequestLifecycle.ProvedOf(request), market);
                else if (request.Outcome == ReasonCode.Won && !IsValid(body.Program.ProgramId, body.Spec.PublicInputs, market.Records.ProofOf(change.Key)?.Proof ?? Bytes.Empty, market))
                    Broken(market, $"a valid proof for request {change.Key}, which is won", "none, or one that does not verify for its public inputs");
                break;
        }
    }

    public override void Observed(Observation observation, MarketView market)
    {
        if (observation is OutcomeSeen { Outcome: { Statements.IsEmpty: false } batch }) CheckTold(batch, market);
        if (observation is not OutcomeSeen { Outcome: { Status.Phase: RequestPhase.Fulfilled, Proof.Length: > 0 } outcome }) return;
        var body = market.Records.Bodies.GetValueOrDefault(outcome.RequestId);
        if (body is null || !IsValid(body.Program.ProgramId, body.Spec.PublicInputs, outcome.Proof, market))
            Broken(market, $"a valid proof told to the requester of {outcome.RequestId}", "one that does not verify for its public inputs");
    }

    private void CheckTold(ProofOutcome told, MarketView market)
    {
        var body = market.Records.Bodies.GetValueOrDefault(told.RequestId);
        foreach (var statement in told.Statements)
        {
            if (body is null || !IsValid(body.Program.ProgramId, body.Spec.Statements[statement.Statement].PublicInputs, statement.Proof, market))
                Broken(market, $"a valid proof of statement {statement.Statement} told to the requester of {told.RequestId}", "one that does not verify for its public inputs");
        }
        if (told.IsDelivered && told.Statements.Length != body?.Spec.Statements.Length)
            Broken(market, $"all statements of {told.RequestId} told to its requester", $"{told.Statements.Length}");
    }

    /// <summary>Statements that count as proved have valid proofs, kept in records of their own.</summary>
    private void CheckBatch(string id, ProofRequestSpec spec, string programId, ImmutableArray<ProvedStatement> proved, MarketView market)
    {
        foreach (var one in proved)
        {
            var kept = market.Records.BatchProofs.GetValueOrDefault(GrainKeys.BatchProof(GrainKeys.Run(id, one.Stage), one.Digest));
            if (kept is null || !IsValid(programId, spec.Statements[one.Statement].PublicInputs, kept.Proof, market))
                Broken(market, $"a valid proof of statement {one.Statement} of request {id}", kept is null ? "none that is kept" : "one that does not verify for its public inputs");
        }
        if (proved.Select(one => one.Statement).Distinct().Count() != proved.Length) Broken(market, $"each statement of request {id} proved once", string.Join(", ", proved.Select(one => one.Statement)));
    }

    private void CheckBatchRun(string key, RunState run, RunReport report, MarketView market)
    {
        if (report.Proof is not null) Broken(market, $"no single proof of the batch run {key}", report.Proof.ProverId);
        if (market.Records.Bodies.GetValueOrDefault(run.Order.RequestId) is { } body) CheckBatch(run.Order.RequestId, body.Spec, body.Program.ProgramId, report.Statements, market);
        foreach (var one in report.Statements)
        {
            if (one.ReceivedAt > run.Order.HardDeadline) Broken(market, $"statement {one.Statement} of run {key} proved by {run.Order.HardDeadline:O}", $"at {one.ReceivedAt:O}");
            if (run.Order.Statements.All(ordered => ordered.Statement != one.Statement)) Broken(market, $"only statements ordered from run {key}", $"{one.Statement}");
        }
        if (report.Succeeded != (report.Statements.Length == run.Order.Statements.Length))
            Broken(market, $"run {key} won when all of its {run.Order.Statements.Length} statements are proved, and only then", $"{report.Reason} with {report.Statements.Length}");
        var paid = Credits.Zero;
        foreach (var payment in report.Payments)
        {
            paid += payment.Amount;
            var due = report.Statements.Where(one => one.ProverId == payment.ProverId).Aggregate(Credits.Zero, (sum, one) => sum + one.Reward);
            if (due != payment.Amount) Broken(market, $"{due} credits for what {payment.ProverId} has proved in run {key}", $"{payment.Amount}");
            var constraints = run.Order.Constraints;
            if (constraints.DeniedProvers.Contains(payment.ProverId) || (!constraints.AllowedProvers.IsEmpty && !constraints.AllowedProvers.Contains(payment.ProverId)))
                Broken(market, $"statements of run {key} proved by provers the requester allows", payment.ProverId);
            if (market.Records.Provers.GetValueOrDefault(payment.ProverId)?.Offer.Account != payment.Account)
                Broken(market, $"the account of prover {payment.ProverId} in run {key}", payment.Account);
        }
        if (paid != report.Statements.Aggregate(Credits.Zero, (sum, one) => sum + one.Reward)) Broken(market, $"every statement proved in run {key} to be paid", $"{paid} credits");
        if (paid > run.Order.MaxPrice) Broken(market, $"run {key} to cost at most {run.Order.MaxPrice} credits", $"{paid}");
    }

    private void Check(string key, RunState run, RunReport report, MarketView market)
    {
        var order = run.Order;
        if (order.IsBatch)
        {
            CheckBatchRun(key, run, report, market);
            return;
        }
        if (report.Proof is not { } accepted)
        {
            if (!report.Payments.IsEmpty) Broken(market, $"no payment by run {key}, which nobody has won", $"{report.Payments[0].Amount} credits");
            return;
        }
        if (!IsValid(order.Program.ProgramId, order.PublicInputs, accepted.Proof, market))
            Broken(market, $"run {key} won with a valid proof", $"one of {accepted.ProverId} that does not verify for the request's public inputs");
        if (accepted.ReceivedAt > order.HardDeadline) Broken(market, $"run {key} won by {order.HardDeadline:O}", $"at {accepted.ReceivedAt:O}");
        CheckProver(key, accepted.ProverId, run, market);
        CheckPayments(key, run, report, market);
    }

    /// <summary>Whoever has delivered held a lease, is allowed by the requester, and is known by its account.</summary>
    private void CheckProver(string key, string prover, RunState run, MarketView market)
    {
        var constraints = run.Order.Constraints;
        if (constraints.DeniedProvers.Contains(prover) || (!constraints.AllowedProvers.IsEmpty && !constraints.AllowedProvers.Contains(prover)))
            Broken(market, $"run {key} won by a prover the requester allows", prover);
        if (run.Participants.GetValueOrDefault(prover) is not { Status: ParticipantStatus.Delivered, Delivery: not null } winner)
            Broken(market, $"run {key} won by a prover with a lease", $"{prover}, {run.Participants.GetValueOrDefault(prover)?.Status}");
        else if (market.Records.Provers.GetValueOrDefault(prover)?.Offer.Account != winner.Account)
            Broken(market, $"the account of prover {prover} in run {key}", winner.Account);
    }

    private void CheckPayments(string key, RunState run, RunReport report, MarketView market)
    {
        var paid = Credits.Zero;
        foreach (var payment in report.Payments)
        {
            paid += payment.Amount;
            if (payment.ProverId != report.Proof!.ProverId) CheckProver(key, payment.ProverId, run, market);
            if (run.Participants.GetValueOrDefault(payment.ProverId)?.Account != payment.Account)
                Broken(market, $"only those who delivered paid by run {key}, on their accounts", $"{payment.Amount} credits for {payment.ProverId} on account {payment.Account}");
        }
        if (paid > run.Order.MaxPrice) Broken(market, $"run {key} to cost at most {run.Order.MaxPrice} credits", $"{paid}");
    }

    private static bool IsValid(string programId, Bytes publicInputs, Bytes proof, MarketView market) =>
        market.Records.Programs.TryGetValue(programId, out var key) && SyntheticProofSystem.IsValid(key.Span, publicInputs.Span, proof.Span);
}
