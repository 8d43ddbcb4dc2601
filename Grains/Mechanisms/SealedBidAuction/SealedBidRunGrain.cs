using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms.SealedBidAuction;

/// <summary>A sealed-bid auction on one request. Its decisions are <see cref="SealedBidRunRules"/>. Until a bid is revealed this grain has its seal
/// only.</summary>
[GrainType("sealed-bid-run")]
[CollectionAgeLimit(Minutes = 2)]
internal class SealedBidRunGrain(
    [PersistentState("sealed-bid", StorageNames.Market)] IPersistentState<SealedBidRunState> storage, RunServices services)
    : MechanismRunGrain<SealedBidRunState>(storage, services), ISealedBidRunGrain
{
    // A write that takes longer has taken a good part of the shortest window from those who had to wait for it.
    private static readonly TimeSpan LongestWrite = TimeSpan.FromMilliseconds(500);

    // In memory only: forgetting who declined costs time and nothing else.
    private readonly HashSet<string> _declined = new(StringComparer.Ordinal);

    public async Task<SealAnswer> SealAsync(string proverId, string session, string commitment)
    {
        if (State is null) return new SealAnswer { Refusal = Unknown() };
        if ((RunRules.CheckSession(session) ?? SealedBidRunRules.CheckSeal(State, proverId, commitment, Now) ?? await CheckCallerAsync(proverId, session)) is { } refusal)
            return new SealAnswer { Refusal = refusal };

        var isFirstAttempt = RunRules.IsFirstAttempt(State.Run, proverId);
        var sealing = SealedBidRunRules.Sealing(State, proverId, session);
        if (!ReferenceEquals(sealing, State)) await CommitAsync(sealing);
        var answer = await ReserveLeaseAsync(proverId, session);
        if (answer.Refusal is { } refused)
        {
            await CommitAsync(With(State, RunRules.JoinRefused(State.Run, proverId, refused, isFirstAttempt)));
            return new SealAnswer { Refusal = refused };
        }
        // While the registry was asked, bidding may have closed by the clock: slot and bond go back.
        if (SealedBidRunRules.CheckSeal(State, proverId, commitment, Now) is { } late)
        {
            var turnedAway = SealedBidRunRules.TurnedAway(State, proverId, late.Code);
            if (!ReferenceEquals(turnedAway, State)) await CommitAsync(turnedAway);
            if (State.Run.Participants[proverId] is { Status: ParticipantStatus.Left } left) await EndLeaseAsync(left);
            return new SealAnswer { Refusal = late };
        }
        var bid = SealedBidRunRules.Sealed(State, proverId, session, answer.Account, answer.FailurePpm, commitment, Now);
        if (!ReferenceEquals(bid, State)) await CommitAsync(bid);
        TellRequest();
        await CloseIfAnsweredAsync();
        return new SealAnswer
        {
            BiddingCloses = State.Book.BiddingClosedAt ?? SealedBidRules.BiddingCloses(State.Book, State.Parameters),
            RevealWindow = State.Parameters.RevealWindow,
            NonRevealPenalty = SealedBidRules.NonRevealPenalty(State.Parameters),
        };
    }

    public async Task<Refusal?> RevealAsync(string proverId, SealedBid bid)
    {
        if (State is null) return Unknown();
        if (CheckReveal(State, proverId, bid, Now) is { } refusal) return refusal;
        var revealed = SealedBidRunRules.Reveal(State, bid, Now);
        if (!ReferenceEquals(revealed, State)) await CommitInTimeAsync(revealed);
        return null;
    }

    public override async Task DeclineAsync(string proverId, string session, ReasonCode reason)
    {
        await base.DeclineAsync(proverId, session, reason);
        if (State is not { Run.Report: null, Book.Phase: SealedBidPhase.Bidding }) return;
        // Bidding ends when everybody has answered: nobody may do that in another's name.
        if (!await IsSessionAsync(proverId, session)) return;
        _declined.Add(proverId);
        await CloseIfAnsweredAsync();
    }

    /// <summary>Why a bid cannot be revealed; null when it can, or was.</summary>
    protected virtual Refusal? CheckReveal(SealedBidRunState state, string proverId, SealedBid bid, DateTimeOffset now) =>
        SealedBidRunRules.CheckReveal(state, proverId, bid, now);

    protected override (SealedBidRunState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) =>
        SealedBidRunRules.Start(order, RunKey, now);

    protected override void SetOut(SealedBidRunState state)
    {
        if (state.Book.Phase != SealedBidPhase.Bidding)
        {
            // Need not be durable: it is with what follows from it, and else the next activation does it again.
            Remember(SealedBidRunRules.Resumed(state, Now));
            return;
        }
        Announce(state, state.Parameters.Cap, InvitationKind.Sealed, SealedBidRules.BiddingCloses(state.Book, state.Parameters));
    }

    protected override Refusal? CheckJoin(SealedBidRunState state, string proverId, DateTimeOffset now) =>
        SealedBidRunRules.CheckJoin(state, proverId, now);

    /// <summary>A slot is kept for a bid, and becomes work by an award only: whoever holds one and has sealed nothing yet, its answer lost, is not at work.</summary>
    protected override SealedBidRunState Granted(SealedBidRunState state, string proverId, string session, string account, DateTimeOffset now) =>
        state.Award?.ProverId == proverId ? base.Granted(state, proverId, session, account, now) : state;

    /// <summary>The winner knows of its award before it is told what to prove: after that it answers for it, whether the market is away or not.</summary>
    protected override async Task<Assignment> AssignAsync(SealedBidRunState state, string proverId)
    {
        var assignment = await base.AssignAsync(state, proverId);
        var fetched = SealedBidRunRules.Fetched(State!);
        if (!ReferenceEquals(fetched, State)) await CommitAsync(fetched);
        return assignment;
    }

    protected override SealedBidRunState Declined(SealedBidRunState state, string proverId, string session, ReasonCode reason, DateTimeOffset now) =>
        SealedBidRunRules.Declined(state, proverId, session, reason, now);

    protected override Credits RewardOf(SealedBidRunState state, string proverId) => SealedBidRunRules.RewardOf(state, proverId);

    protected override SealedBidRunState Verified(SealedBidRunState state, AcceptedProof proof) => SealedBidRunRules.Verified(state, proof);

    protected override DateTimeOffset? NextAt(SealedBidRunState state) => IsAnswered(state) ? DateTimeOffset.MinValue : SealedBidRunRules.NextAt(state);

    protected override async Task ActAsync(SealedBidRunState state, DateTimeOffset now)
    {
        var next = IsAnswered(state) ? SealedBidRunRules.CloseBidding(state, now) : SealedBidRunRules.Act(state, now);
        await CommitInTimeAsync(next);
        await AfterAsync(state, next);
    }

    /// <summary>Writes a step. Nobody is heard while a write goes on: what could not be done in that time has its whole time again.</summary>
    private async Task CommitInTimeAsync(SealedBidRunState next)
    {
        var began = Now;
        await CommitAsync(next);
        if (State is { Run.Report: null } state && Now - began > LongestWrite) Remember(SealedBidRunRules.Resumed(state, Now));
    }

    private Task CloseIfAnsweredAsync() => IsAnswered(State!) ? ActAsync(State!, Now) : Task.CompletedTask;

    /// <summary>Whether everybody invited has bid or declined before the bidding ends by the clock.</summary>
    private bool IsAnswered(SealedBidRunState state) =>
        state.Run.Report is null && state.Book.Phase == SealedBidPhase.Bidding && !state.Book.Commitments.IsEmpty
        && SealedBidRunRules.IsBiddingOver(state, InvitedProvers, _declined, Now);

    /// <summary>What follows from a step: nobody is invited any more once bidding has closed, and whoever is out is told and has its slot back at
    /// once. Should this be cut off, the settlement ends the leases.</summary>
    private async Task AfterAsync(SealedBidRunState before, SealedBidRunState next)
    {
        if (next.Book.Phase != SealedBidPhase.Bidding) StopAnnouncing();
        else if (before.Book.Phase != SealedBidPhase.Bidding) SetOut(next);
        TellRequest();
        if (next.Run.Report is not null) return;
        var gone = next.Run.Participants.Values
            .Where(participant => participant.Status is ParticipantStatus.Left or ParticipantStatus.Missed
                && before.Run.Participants.GetValueOrDefault(participant.ProverId)?.Status != participant.Status)
            .ToArray();
        foreach (var byReason in gone.GroupBy(participant => participant.Reason)) Stop([.. byReason.Select(participant => participant.ProverId)], byReason.Key);
        await Task.WhenAll(gone.Select(EndLeaseAsync));
    }
}
