using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cli.Demo;

/// <summary>Judges what the demonstration promised, from what the market reports.</summary>
internal static class DemoChecks
{
    /// <summary>All promises about requests and money.</summary>
    public static IReadOnlyCollection<DemoCheck> Judge(IReadOnlyCollection<DemoOutcome> outcomes, MoneyCount before, MoneyCount after)
    {
        var checks = outcomes.Select(Judge).ToList();
        var fulfilled = outcomes.Where(outcome => outcome.Status.Phase == RequestPhase.Fulfilled).ToArray();
        checks.Add(new("every accepted proof verifies for the requester too", fulfilled.All(outcome => outcome.ProofVerifiedAgain), $"{fulfilled.Count(outcome => outcome.ProofVerifiedAgain)} of {fulfilled.Length}"));
        checks.Add(new("nobody pays more than the max price", outcomes.All(outcome => (outcome.Status.Paid ?? Credits.Zero) <= outcome.MaxPrice), "paid ≤ max price for all"));
        checks.Add(new("nothing is held and no lease is left", after.Leases == 0 && after.Accounts.Values.All(balance => balance.Held == Credits.Zero), $"{after.Leases} leases"));
        checks.Add(new("the sum of all money is the same", before.Total == after.Total, $"{before.Total} before, {after.Total} after"));
        return checks;
    }

    private static DemoCheck Judge(DemoOutcome outcome)
    {
        var status = outcome.Status;
        var name = outcome.Request.Name;
        var seen = $"{status.Phase} by {status.ProverId ?? "nobody"}, paid {status.Paid ?? Credits.Zero} of {outcome.MaxPrice}";
        var delivered = status.Phase == RequestPhase.Fulfilled;
        return outcome.Request.Expectation switch
        {
            DemoExpectation.RescuedFromKilledWorker => new($"{name}: proved although a worker was killed in mid-proof",
                delivered && status.ProverId != DemoCast.Doomed && Happened(status, DemoCast.Doomed, RequestPhase.Assigned, ReasonCode.None), seen),
            DemoExpectation.RescuedFromForger => new($"{name}: the corrupted proof is refused, another prover rescues",
                delivered && status.ProverId != DemoCast.Forger && Happened(status, DemoCast.Forger, RequestPhase.Verifying, ReasonCode.ProofInvalid), seen),
            DemoExpectation.PaidLessAfterSoftDeadline => new($"{name}: late, so paid less", delivered && status.Paid < outcome.MaxPrice, seen),
            DemoExpectation.ExpiredAndRefunded => new($"{name}: expires with reasons, refunded",
                status is { Phase: RequestPhase.Expired, Outcome: ReasonCode.NobodyJoined, LeftOut.Count: > 0 } && status.Paid == Credits.Zero, seen),
            DemoExpectation.RoutedToRace => Routed(outcome, seen, "a race", stage => IsRace(stage.Name)),
            DemoExpectation.RoutedToAuction => Routed(outcome, seen, "an auction", stage => stage.Name is SealedBidParameters.MechanismName or DutchAuctionParameters.MechanismName),
            _ => Routed(outcome, seen, "no race, but a bond and somebody to follow", stage =>
                !IsRace(stage.Name)
                && Credits.TryParse(stage.Parameters.GetValueOrDefault("bond"), out var bond) && bond > Credits.Zero
                && (outcome.Explanation.Plan!.Stages.Length > 1 || stage.Parameters.ContainsKey("backups"))),
        };
    }

    private static DemoCheck Routed(DemoOutcome outcome, string seen, string kind, Func<MechanismChoice, bool> isOfKind)
    {
        var plan = outcome.Explanation.Plan;
        return new(
            $"{outcome.Request.Name}: {(outcome.IsNamed ? "its requester named" : "the market chose")} {kind}; proved, verified, paid",
            plan is not null && isOfKind(plan.Stages[0]) && outcome.Explanation.Decision is null == outcome.IsNamed && outcome.Status is { Phase: RequestPhase.Fulfilled } && outcome.Status.Paid > Credits.Zero,
            $"{plan?.Stages[0].Name}; {seen}");
    }

    /// <summary>Several work on it side by side, and only the first is paid: whoever likes to, or those who were drawn.</summary>
    private static bool IsRace(string mechanism) => mechanism is RaceParameters.MechanismName or ElectedRaceParameters.MechanismName;

    private static bool Happened(RequestStatus status, string prover, RequestPhase phase, ReasonCode reason) =>
        status.Timeline.Any(entry => entry.ProverId == prover && entry.Phase == phase && entry.Reason == reason);
}
