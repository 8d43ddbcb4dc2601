using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A prover that follows the rules of the market's own worker loses nothing to a requester that hands out what nobody can prove: what it cost to say so is on its account
/// again when nobody has proved the request. And as long as nothing fails, it always says so: it never holds its lease until the bond is lost. Where things fail, it may
/// be cut off before it can, and then it is slashed like anybody else who is silent; and when somebody proves the request all the same, its word turned out false.</summary>
/// <param name="conduct">Who is honest.</param>
internal sealed class HonestProversKeepTheirBonds(Conduct conduct) : Invariant
{
    public override string Name => "honest-provers-keep-their-bonds";

    public override void AtRest(MarketView market)
    {
        foreach (var (id, body) in market.Records.Bodies.OrderBy(body => body.Key, StringComparer.Ordinal))
        {
            if (!CannotBeProved(body.Spec) || market.Records.Requests.GetValueOrDefault(id) is not { Settlement: { } settlement } request || request.Outcome == ReasonCode.Won) continue;
            foreach (var stage in request.Ended.Select(stage => stage.Stage).Append(request.Stage))
            {
                var report = market.Records.Runs.GetValueOrDefault(GrainKeys.Run(id, stage))?.Run.Report;
                foreach (var lease in report?.Leases ?? [])
                {
                    if (conduct.Honest.Contains(lease.ProverId) && lease.Slashed > Credits.Zero) Check(id, stage, lease, settlement, market);
                }
            }
        }
    }

    private void Check(string request, int stage, LeaseEnding lease, Settlement settlement, MarketView market)
    {
        if (!lease.IsDisputed)
        {
            if (conduct.IsCalm && lease.Reason != ReasonCode.BidNotRevealed) Broken(market, $"{lease.ProverId} to keep its bond in stage {stage} of {request}, which nobody can prove", $"{lease.Slashed} slashed: {lease.Reason}");
            return;
        }
        // Earlier stages are told apart by their numbers.
        var returned = settlement.Credits.FirstOrDefault(credit => credit.EntryId == $"{request}/returned/{lease.ProverId}" || credit.EntryId == $"{request}/returned/{stage}/{lease.ProverId}");
        var credited = returned is null ? null : market.Records.FindEntry(lease.Account, $"credit/{returned.EntryId}");
        if (credited?.Amount != lease.Slashed)
            Broken(market, $"{lease.ProverId} to have {lease.Slashed} credits back for saying that {request} cannot be proved", credited is null ? "nothing" : $"{credited.Amount}");
    }

    /// <summary>Without a witness: whoever tries finds out at once.</summary>
    private static bool CannotBeProved(ProofRequestSpec spec) =>
        spec.IsBatch ? spec.Statements.All(statement => statement.Input == HostileScript.UnprovableInput) : spec.Input == HostileScript.UnprovableInput;
}
