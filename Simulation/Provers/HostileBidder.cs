using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Simulation.Provers;

/// <summary>Bids that keep to none of an auction's rules: revealed too early, altered, for another auction, in another's name, sealed twice.</summary>
/// <param name="proverId">Who bids.</param>
/// <param name="others">Whose names are used, too.</param>
/// <param name="process">The process.</param>
internal sealed class HostileBidder(string proverId, IReadOnlyList<string> others, SimulatedProcess process)
{
    private SealedBid? _earlier;

    /// <summary>Bids in one auction, in one of the ways that are refused, and then perhaps honestly.</summary>
    public async Task AttackAsync(Invitation invitation, string session)
    {
        var auction = process.Grains.GetGrain<ISealedBidForWorkers>(invitation.RunGrain);
        var nonce = new byte[SealedBid.NonceBytes];
        process.Random.Fill(nonce);
        var bid = new SealedBid
        {
            Auction = invitation.RunKey,
            ProverId = proverId,
            Price = invitation.Reward.Scale(process.Random.Next(1, 101), 100),
            Eta = process.Random.NextTime(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10)),
            Nonce = Bytes.CopyOf(nonce),
        };
        var replayed = process.Random.Chance(0.2) ? _earlier : null;
        var answer = await auction.SealAsync(proverId, session, SealedBidCommitment.Of(replayed ?? bid));
        if (process.Random.Chance(0.3)) await auction.SealAsync(proverId, session, SealedBidCommitment.Of(bid with { Price = bid.Price + new Credits(1) }));
        if (process.Random.Chance(0.3)) await auction.RevealAsync(proverId, bid);
        if (answer.Refusal is null) await Task.Delay(process.Random.NextTime(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(6)), process.Clock);
        if (replayed is not null) await auction.RevealAsync(proverId, replayed);
        if (process.Random.Chance(0.5)) await auction.RevealAsync(proverId, bid with { Price = bid.Price.Scale(1, 2) });
        if (process.Random.Chance(0.3))
        {
            var victim = others[process.Random.Next(others.Count)];
            await auction.RevealAsync(victim, bid with { ProverId = victim });
        }
        if (process.Random.Chance(0.6)) await auction.RevealAsync(proverId, bid);
        _earlier = bid;
    }
}
