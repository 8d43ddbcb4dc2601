using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Elections;

/// <summary>Who is drawn, and what the draws of a run write.</summary>
public sealed class DrawnProversTests
{
    [Theory]
    [InlineData("random-election", "price")]
    [InlineData("elected-race", "reward")]
    [InlineData("cooperative", "price")]
    public async Task Nobody_is_called_who_asks_for_more_than_is_paid(string mechanism, string price)
    {
        await using var market = await MarketAsync();
        foreach (var id in new[] { "p1", "p2", "p3", "p4" }) await market.ProverAsync(id, stake: 20, offer: AskingFor(id, 6));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf(mechanism, (price, "5")) });
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.All(market.Provers, prover => Assert.Null(prover.InvitedSoFar()));
        Assert.Equal(4, (await market.StatusAsync("r1")).LeftOut[ReasonCode.PriceBelowAsk]);

        var ended = await market.CompleteAsync(ExpiredAsync(market));
        Assert.Equal(ReasonCode.NobodyJoined, ended.Outcome);
        Assert.Equal(4, ended.LeftOut[ReasonCode.PriceBelowAsk]);
    }

    [Fact]
    public async Task Whose_ask_is_paid_exactly_is_drawn_among_those_who_ask_for_more()
    {
        await using var market = await MarketAsync();
        foreach (var id in new[] { "p1", "p2", "p3" }) await market.ProverAsync(id, stake: 20, offer: AskingFor(id, 5.0000025m));
        var exact = await market.ProverAsync("exact", stake: 1, offer: AskingFor("exact", 5));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("random-election", ("price", "5")) });
        await exact.InvitedToAsync();
        var transcript = (await market.Run<IRandomElectionRunGrain>("r1").GetTranscriptAsync()).Transcript;
        Assert.Equal("exact", transcript.Single(entry => entry.Kind == TranscriptKind.Drawn).Value);
    }

    private static async Task<RequestStatus> ExpiredAsync(MarketCluster market)
    {
        await market.AdvanceAsync(HardIn);
        return await market.EndsAsync("r1");
    }

    /// <summary>An offer that asks for so many credits for a proof of the default program.</summary>
    private static ProverOffer AskingFor(string proverId, decimal credits) =>
        Offer(proverId) with { AskPerUnit = Credits(credits * 1000 / TestProofSystem.Program().Work.Milli) };
}
