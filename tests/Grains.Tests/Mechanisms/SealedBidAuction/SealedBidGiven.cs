using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction;

/// <summary>The sealed-bid auction that tests run: max price 10, windows of 10 s, bond 2, only prices count.</summary>
internal static class SealedBidGiven
{
    public static async Task<(Credits Stake, Credits Slashed)> StakeOfAsync(MarketCluster market, string proverId)
    {
        var prover = (await market.RegistryOf(proverId).GetProverAsync(proverId))!;
        return (prover.Stake, prover.Slashed);
    }

    public static ProofRequestSpec Spec(MarketCluster market, params (string, string)[] parameters) => Spec(market, "r1", parameters);

    public static ProofRequestSpec Spec(MarketCluster market, string requestId, params (string, string)[] parameters) => market.Spec(requestId) with
    {
        Mechanism = MechanismOf(
            SealedBidParameters.MechanismName,
            [("delayCost", "0"), ("failureCost", "0"), ("bond", "2"), ("biddingWindow", "10"), ("revealWindow", "10"), .. parameters]),
    };

    public static SealedBid Bid(string proverId, decimal price) => new()
    {
        Auction = "r1/0", ProverId = proverId, Price = Credits(price), Eta = TimeSpan.FromSeconds(5), Nonce = Bytes.CopyOf(Enumerable.Range(100, 32).Select(i => (byte)i).ToArray()),
    };

    public static ISealedBidRunGrain Run(MarketCluster market) => market.Run<ISealedBidRunGrain>("r1");

    public static Task<SubmissionAnswer> DeliverAsync(MarketCluster market, TestProver prover, Assignment assignment) => Run(market).SubmitAsync(
        new ProofSubmission
        {
            ProverId = prover.Id, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
}
