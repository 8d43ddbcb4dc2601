using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.TestKit.Cluster;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

public sealed class DutchAuctionContract : MechanismContract
{
    // A flat price of ten, and the same for a rescue.
    protected override MechanismChoice Choice => MechanismOf("dutch-auction", ("bond", "2"), ("startPrice", "10"), ("rescueReward", "10"));

    internal override IMechanism Mechanism { get; } = new DutchAuctionMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<DutchAuctionState>("dutch-auction")[runKey];
}

public sealed class SealedBidContract : DrawnContract
{
    // The faster cheat has the better score, and whoever is alone or last in the ranking is paid ten.
    protected override MechanismChoice Choice => MechanismOf(
        "sealed-bid-auction", ("bond", "2"), ("delayCost", "1"), ("failureCost", "0"), ("etaGrace", "1000"), ("nonRevealPenalty", "0"));

    // Giving an award back costs by the time it was held.
    protected override Credits MostThatLeavingCosts => Credits(0.5m);

    internal override IMechanism Mechanism { get; } = new SealedBidMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<SealedBidRunState>("sealed-bid")[runKey];
}

public sealed class OrderBookContract : MechanismContract
{
    protected override MechanismChoice Choice => MechanismOf("order-book", ("bond", "2"));

    internal override IMechanism Mechanism { get; } = new OrderBookMechanism();

    // For two and a half units it comes to ten.
    protected override void Prepare(MarketCluster market) => market.StandingAsk = Credits(4);

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<OrderBookRunState>("order-book-run")[runKey];
}
