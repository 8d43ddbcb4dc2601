using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms.DutchAuction;

/// <summary>A Dutch auction on one request. Its decisions are <see cref="DutchAuctionRules"/>.</summary>
[GrainType("dutch-auction-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class DutchAuctionRunGrain(
    [PersistentState("dutch-auction", StorageNames.Market)] IPersistentState<DutchAuctionState> storage, RunServices services)
    : MechanismRunGrain<DutchAuctionState>(storage, services), IDutchAuctionRunGrain
{
    protected override (DutchAuctionState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) => DutchAuctionRules.Start(order, now);

    protected override void SetOut(DutchAuctionState state)
    {
        if (state.RescueOpenedAt is not null)
        {
            Announce(state, state.Parameters.RescueReward);
            return;
        }
        Remember(DutchAuctionRules.ConfirmableAgain(state, Now));
        var invitation = Invitation(state, state.Parameters.EndPrice, InvitationKind.Open, answerBy: null);
        Announce(state, invitation with { Ramp = DutchAuctionTimes.RampOf(state.Parameters, state.StartedAt) });
    }

    protected override Refusal? CheckJoin(DutchAuctionState state, string proverId, DateTimeOffset now) =>
        DutchAuctionRules.CheckJoin(state, proverId, now);

    protected override bool MustAskItself(DutchAuctionState state, string proverId) =>
        DutchAuctionRules.MustAskItself(state, proverId);

    protected override DutchAuctionState Joining(DutchAuctionState state, string proverId, string session, DateTimeOffset now) =>
        DutchAuctionRules.Joining(state, proverId, session, now);

    protected override DutchAuctionState Granted(DutchAuctionState state, string proverId, string session, string account, DateTimeOffset now) =>
        DutchAuctionRules.Granted(state, proverId, session, account, now);

    protected override DutchAuctionState Declined(DutchAuctionState state, string proverId, string session, ReasonCode reason, DateTimeOffset now) =>
        DutchAuctionRules.Declined(state, proverId, session, reason, now);

    protected override Credits RewardOf(DutchAuctionState state, string proverId) => DutchAuctionRules.RewardOf(state, proverId);

    protected override DutchAuctionState Verified(DutchAuctionState state, AcceptedProof proof) => DutchAuctionRules.Verified(state, proof);

    protected override DateTimeOffset? NextAt(DutchAuctionState state) => DutchAuctionRules.NextAt(state);

    protected override async Task ActAsync(DutchAuctionState state, DateTimeOffset now)
    {
        var (lost, next) = (DutchAuctionRules.Held(state), DutchAuctionRules.Act(state, now));
        await CommitAsync(next);
        TellRequest();
        // The slot is free again at once; should this be cut off, the settlement ends the lease.
        if (lost is not null) await EndLeaseAsync(next.Run.Participants[lost.ProverId]);
        else SetOut(next);
    }
}
