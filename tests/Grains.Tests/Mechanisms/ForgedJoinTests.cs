using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms;

/// <summary>Anybody can call a run in another prover's name, with a session that is not its own, and as often as it likes.</summary>
public sealed class ForgedJoinTests
{
    [Fact]
    public async Task Joins_in_anothers_name_neither_lock_an_auction_nor_keep_that_prover_out_of_it()
    {
        await using var market = await MarketAsync();
        var (victim, other) = (await market.ProverAsync("victim", stake: 10), await market.ProverAsync("other", stake: 10));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("dutch-auction", ("bond", "2"), ("startPrice", "10")) });
        var run = market.Run<IDutchAuctionRunGrain>("r1");
        for (var i = 0; i < 3; i++) Assert.Equal(ReasonCode.SessionUnknown, (await run.JoinAsync("victim", "forged")).Refusal?.Code);

        Assert.Null((await run.JoinAsync("other", other.Session)).Refusal);
        await run.DeclineAsync("other", other.Session, ReasonCode.ProvingFailed);
        await market.AdvanceAsync(TimeSpan.FromSeconds(11));
        var assignment = (await run.JoinAsync("victim", victim.Session)).Assignment!;
        var answer = await run.SubmitAsync(new()
        {
            ProverId = "victim", Session = victim.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
        Assert.Null(answer.Refusal);
        Assert.Equal((RequestPhase.Fulfilled, "victim"), ((await market.EndsAsync("r1")).Phase, (await market.StatusAsync("r1")).ProverId));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Bids_in_the_names_of_others_take_no_places()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("victim", stake: 2);
        var other = await market.ProverAsync("other", stake: 2);
        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = MechanismOf("sealed-bid-auction", ("bond", "2"), ("bidders", "1"), ("biddingWindow", "10"), ("revealWindow", "10")),
        });
        var run = market.Run<ISealedBidRunGrain>("r1");
        for (var i = 0; i < 3; i++) Assert.Equal(ReasonCode.SessionUnknown, (await run.SealAsync("victim", "forged", SealOf("victim"))).Refusal?.Code);
        Assert.Null((await run.SealAsync("other", other.Session, SealOf("other"))).Refusal);
    }

    private static string SealOf(string proverId) => SealedBidCommitment.Of(new SealedBid
    {
        Auction = "r1/0", ProverId = proverId, Price = Credits(1), Eta = TimeSpan.FromSeconds(5), Nonce = Bytes.CopyOf(new byte[32]),
    });
}
