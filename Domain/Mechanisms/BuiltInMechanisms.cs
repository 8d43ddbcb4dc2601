using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>The mechanisms that come with the market, for whoever says something of them without running a market, such as an auditor.</summary>
public static class BuiltInMechanisms
{
    /// <summary>All of them, by name.</summary>
    public static ImmutableArray<IMechanism> All { get; } =
    [
        new CooperativeMechanism(),
        new DutchAuctionMechanism(),
        new ElectedRaceMechanism(),
        new OrderBookMechanism(),
        new RaceMechanism(),
        new RandomElectionMechanism(),
        new SealedBidMechanism(),
    ];

    /// <summary>The one of this name; null when it is none of them.</summary>
    public static IMechanism? Find(string name) => All.FirstOrDefault(mechanism => mechanism.Name == name);
}
