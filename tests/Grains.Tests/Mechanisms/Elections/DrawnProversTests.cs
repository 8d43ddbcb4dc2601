using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
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

    /// <summary>Every draw is recomputed from its transcript; what it writes is who has come or gone since the draw before.</summary>
    [Theory]
    [InlineData("random-election", "alpha", "100")]
    [InlineData("cooperative", "faults", "0")]
    public async Task Draw_after_draw_writes_who_has_come_or_gone_and_not_everybody_again(string mechanism, string parameter, string value)
    {
        const int Declining = 16;
        await using var market = await MarketAsync();
        for (var i = 0; i < Declining; i++) await market.ProverAsync($"declining-{i:00}", stake: 20, conduct: Conduct.Declining);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf(mechanism, (parameter, value), ("backups", "0")) });
        await market.AdvanceUntilAsync(async () => (await DrawsAsync()).Length > Declining / 2, TimeSpan.FromSeconds(60), "half of the provers drawn");
        await market.ProverAsync("good", stake: 20, conduct: Conduct.Good);
        await market.AdvanceUntilAsync(async () => (await market.StatusAsync("r1")).Phase.IsFinal(), TimeSpan.FromSeconds(60), "a proof");

        var transcript = (await market.EvidenceAsync("r1")).Stages[0].Transcript;
        Assert.InRange((await DrawsAsync()).Length, Declining / 2, Declining + 1);
        var candidates = transcript.Where(entry => entry.Value.Contains('/', StringComparison.Ordinal)).ToArray();
        Assert.All(Enumerable.Range(0, Declining), i => Assert.Single(candidates, entry => entry.Value.Contains($"declining-{i:00}/", StringComparison.Ordinal)));
        Assert.Single(candidates, entry => entry.Value.Contains("good/", StringComparison.Ordinal));
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);

        async Task<string[]> DrawsAsync() =>
            [.. (await market.EvidenceAsync("r1")).Stages[0].Transcript.Where(entry => entry.Kind == TranscriptKind.Drawn).Select(entry => entry.Value)];
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
