using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>How many provers a run may have at work at the same time, by what its mechanism promises.</summary>
internal static class Places
{
    private static readonly ImmutableArray<ParticipantStatus> Working = [ParticipantStatus.Joining, ParticipantStatus.Proving];
    private static readonly ImmutableArray<ParticipantStatus> Called = [ParticipantStatus.Joining, ParticipantStatus.Offered, ParticipantStatus.Proving];

    /// <summary>The number, and the statuses that count. A bidder is not at work: its bond is locked, but one at a time is awarded.</summary>
    public static (int Most, ImmutableArray<ParticipantStatus> Statuses) Of(IMechanismState run) => run switch
    {
        RaceState race => (race.Parameters.Participants, Working),
        ElectedRaceState { Parameters.IsOpen: true } => (RaceParameters.HighestParticipants, Working),
        ElectedRaceState elected => (elected.Election.Terms.Seats, Called),
        RandomElectionState elected => (elected.Election.Terms.Seats, Called),
        DutchAuctionState auction when auction.RescueOpenedAt is not null || DutchAuctionRules.IsLost(auction) => (auction.Parameters.Rescuers, Working),
        DutchAuctionState => (1, Working),
        OrderBookRunState book => (book.Parameters.Provers, Called),
        CooperativeState committee => (committee.Parameters.Terms.Seats, Called),
        SealedBidRunState => (1, [ParticipantStatus.Proving]),
        _ => throw new InvalidOperationException($"The simulation does not know how many provers a {run.GetType().Name} may have at work."),
    };
}
