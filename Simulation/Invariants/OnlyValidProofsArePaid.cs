using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A run is won with a proof that is valid for the request's own public inputs, delivered by the hard deadline by a prover that held a lease
/// and whom the requester allows; only the winner is paid, on its own account, at most what the request is worth. What the requester is
/// given is that proof. Judged from program key and inputs here, not by the market's verifier.</summary>
internal sealed class OnlyValidProofsArePaid : Invariant
{
    public override string Name => "only-valid-proofs-are-paid";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RaceChanged { After: { Report: { } report } race } when change is not RaceChanged { Before.Report: not null }:
                Check(change.Key, race, report, market);
                break;
            case ProofWritten { After: var stored }:
                var body = market.Records.Bodies.GetValueOrDefault(change.Key);
                if (body is null || !IsValid(body.Program.ProgramId, body.Spec.PublicInputs, stored.Proof, market) || stored.PublicInputs != body.Spec.PublicInputs)
                    Broken(market, $"a valid proof for request {change.Key}", "one that does not verify for its public inputs");
                break;
        }
    }

    public override void Observed(Observation observation, MarketView market)
    {
        if (observation is not OutcomeSeen { Outcome: { Status.Phase: RequestPhase.Fulfilled, Proof.Length: > 0 } outcome }) return;
        var body = market.Records.Bodies.GetValueOrDefault(outcome.RequestId);
        if (body is null || !IsValid(body.Program.ProgramId, body.Spec.PublicInputs, outcome.Proof, market))
            Broken(market, $"a valid proof told to the requester of {outcome.RequestId}", "one that does not verify for its public inputs");
    }

    private void Check(string run, RaceState race, RunReport report, MarketView market)
    {
        var order = race.Order;
        if (report.Proof is not { } accepted)
        {
            if (!report.Payments.IsEmpty) Broken(market, $"no payment by run {run}, which nobody has won", $"{report.Payments[0].Amount} credits");
            return;
        }
        if (!IsValid(order.Program.ProgramId, order.PublicInputs, accepted.Proof, market))
            Broken(market, $"run {run} won with a valid proof", $"one of {accepted.ProverId} that does not verify for the request's public inputs");
        if (accepted.ReceivedAt > order.HardDeadline) Broken(market, $"run {run} won by {order.HardDeadline:O}", $"at {accepted.ReceivedAt:O}");
        var denied = order.Constraints.DeniedProvers.Contains(accepted.ProverId)
            || (!order.Constraints.AllowedProvers.IsEmpty && !order.Constraints.AllowedProvers.Contains(accepted.ProverId));
        if (denied) Broken(market, $"run {run} won by a prover the requester allows", accepted.ProverId);
        if (race.Participants.GetValueOrDefault(accepted.ProverId) is not { Status: ParticipantStatus.Delivered } winner)
            Broken(market, $"run {run} won by a prover with a lease", $"{accepted.ProverId}, {race.Participants.GetValueOrDefault(accepted.ProverId)?.Status}");
        else if (market.Records.Provers.GetValueOrDefault(accepted.ProverId)?.Offer.Account != winner.Account)
            Broken(market, $"the account of prover {accepted.ProverId} in run {run}", winner.Account);
        else CheckPayments(run, winner, report, order, market);
    }

    private void CheckPayments(string run, RunParticipant winner, RunReport report, RunOrder order, MarketView market)
    {
        var paid = Credits.Zero;
        foreach (var payment in report.Payments)
        {
            paid += payment.Amount;
            if (payment.ProverId != winner.ProverId || payment.Account != winner.Account)
                Broken(market, $"only {winner.ProverId} paid by run {run}", $"{payment.Amount} credits for {payment.ProverId} on account {payment.Account}");
        }
        if (paid > order.MaxPrice) Broken(market, $"run {run} to cost at most {order.MaxPrice} credits", $"{paid}");
    }

    private static bool IsValid(string programId, Bytes publicInputs, Bytes proof, MarketView market) =>
        market.Records.Programs.TryGetValue(programId, out var key) && SyntheticProofSystem.IsValid(key.Span, publicInputs.Span, proof.Span);
}
