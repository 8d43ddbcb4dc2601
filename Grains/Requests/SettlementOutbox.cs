using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Requests;

/// <summary>Carries a settlement out. Every operation has an id and may be repeated, so nothing is noted before all of it is done.</summary>
internal sealed class SettlementOutbox(IGrainFactory grains, MarketOptions options, string requestId)
{
    /// <summary>Leases end and the hold is captured before anything is credited: a slashed bond has left the stake then, and what is paid has left the hold.</summary>
    /// <exception cref="InvalidOperationException">A movement was refused: the settlement contradicts an account.</exception>
    public async Task CarryOutAsync(Settlement settlement, string runKey, string account, DateTimeOffset submittedAt)
    {
        var capture = grains.GetGrain<IAccountGrain>(account).CaptureAsync(requestId, settlement.Captured, submittedAt);
        await Task.WhenAll(EndLeasesAsync(settlement.Leases, runKey), capture);
        Require((await capture).Refusal);
        var answers = await Task.WhenAll(settlement.Credits.Select(credit =>
            grains.GetGrain<IAccountGrain>(credit.Account).CreditAsync(credit.EntryId, credit.Amount, $"request:{requestId}", settlement.DecidedAt)));
        foreach (var answer in answers) Require(answer.Refusal);
    }

    /// <summary>Ends the leases of a run.</summary>
    public Task EndLeasesAsync(ImmutableArray<LeaseEnding> leases, string runKey) => Task.WhenAll(leases.Select(ending => grains
        .RegistryOf(ending.ProverId, options)
        .EndLeaseAsync(GrainKeys.Lease(runKey, ending.ProverId), ending)));

    private void Require(Refusal? refusal)
    {
        if (refusal is not null) throw new InvalidOperationException($"Settlement of request {requestId} was refused: {refusal}.");
    }
}
