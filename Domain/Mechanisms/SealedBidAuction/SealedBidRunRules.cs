using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>The rules of a sealed-bid auction's run: who bids takes a slot and a bond, so that a winner can begin at once; who loses gets both back
/// when the auction is decided, who does not reveal loses a part of the bond, and who wins and does not deliver all of it, whereupon the next in
/// the ranking takes over, if the time that is left is what its bid asked for. When nobody is left in the ranking another round of bidding opens, for provers that have not been in the run. Bids and phases are in <see cref="SealedBidRules"/>, what all runs share in <see cref="RunRules"/>.</summary>
public static class SealedBidRunRules
{
    /// <summary>Starts an auction from an order; refuses parameters that are unknown or out of range.</summary>
    public static (SealedBidRunState? State, Refusal? Refusal) Start(RunOrder order, string runKey, DateTimeOffset now)
    {
        var (parameters, refusal) = SealedBidParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, order.HardDeadline - now);
        return parameters is null ? (null, refusal) : (
            new SealedBidRunState
            {
                Run = RunRules.Opened(order, parameters.Bond, now), Parameters = parameters, Book = SealedBidRules.Open(runKey, now, order.HardDeadline),
            },
            null);
    }

    /// <summary>Why a sealed bid is not taken; null when it is, or was.</summary>
    public static Refusal? CheckSeal(SealedBidRunState state, string proverId, string commitment, DateTimeOffset now)
    {
        if ((RunRules.CheckJoin(state.Run, proverId, now) ?? SealedBidRules.CheckCommit(state.Book, state.Parameters, proverId, commitment, now)) is { } refusal)
            return refusal;
        return RunRules.CheckPlace(state.Run, proverId, state.Parameters.Bidders);
    }

    /// <summary>Notes that a prover bids, before the registry is asked for its slot and bond.</summary>
    public static SealedBidRunState Sealing(SealedBidRunState state, string proverId, string session)
    {
        var run = RunRules.Joining(state.Run, proverId, session);
        var participant = run.Participants[proverId];
        // Who was refused before asks again.
        return With(state, participant.Status == ParticipantStatus.Refused ? RunRules.With(run, participant with { Status = ParticipantStatus.Joining, Session = session }) : run);
    }

    /// <summary>The registry granted slot and bond: the sealed bid counts.</summary>
    /// <param name="state">The run, with the prover bidding.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="session">The session that bids.</param>
    /// <param name="account">The prover's account.</param>
    /// <param name="failure">Its probability of failing, in millionths.</param>
    /// <param name="commitment">The seal.</param>
    /// <param name="now">The time.</param>
    public static SealedBidRunState Sealed(
        SealedBidRunState state, string proverId, string session, string account, int failure, string commitment, DateTimeOffset now)
    {
        var participant = state.Run.Participants[proverId];
        // Whoever has been awarded the run, or is out, stays so: the same seal may come again at any time.
        var bidding = participant.Status is ParticipantStatus.Joining or ParticipantStatus.Offered
            ? participant with { Status = ParticipantStatus.Offered, Session = session, Account = account }
            : participant;
        var book = SealedBidRules.Commit(state.Book, proverId, commitment, now);
        var run = bidding == participant ? state.Run : RunRules.With(state.Run, bidding);
        if (ReferenceEquals(book, state.Book)) return With(state, run);
        run = RunRules.Enter(run, TranscriptKind.Committed, now, proverId, string.Create(CultureInfo.InvariantCulture, $"{commitment} {failure} {account}"));
        return state with { Run = run, Book = book, Failures = state.Failures.SetItem(proverId, failure) };
    }

    /// <summary>A prover may have a slot and a bond reserved for a bid that was not sealed in time: it has no bid, and is out. Whoever has one stays.</summary>
    public static SealedBidRunState TurnedAway(SealedBidRunState state, string proverId, ReasonCode reason) =>
        state.Run.Participants.GetValueOrDefault(proverId) is { Status: ParticipantStatus.Joining } participant
            ? state.With(RunRules.With(state.Run, participant with { Status = ParticipantStatus.Left, Reason = reason }))
            : state;

    /// <summary>Why a bid cannot be revealed; null when it can, or was.</summary>
    public static Refusal? CheckReveal(SealedBidRunState state, string proverId, SealedBid bid, DateTimeOffset now) =>
        SealedBidRules.CheckReveal(state.Book, state.Parameters, proverId, bid, now)
        ?? (state.Book.Revealed.ContainsKey(proverId) ? null : RunRules.CheckOpen(state.Run));

    /// <summary>Notes a revealed bid.</summary>
    public static SealedBidRunState Reveal(SealedBidRunState state, SealedBid bid, DateTimeOffset now)
    {
        var book = SealedBidRules.Reveal(state.Book, state.Parameters, bid, state.Failures[bid.ProverId]);
        if (ReferenceEquals(book, state.Book)) return state;
        var value = string.Create(CultureInfo.InvariantCulture, $"{bid.Price.Micro} {bid.Eta.Ticks} {Convert.ToHexStringLower(bid.Nonce.Span)}");
        return state with { Book = book, Run = RunRules.Enter(state.Run, TranscriptKind.Revealed, now, bid.ProverId, value) };
    }

    /// <summary>Why a prover may not fetch the assignment; null when the run is awarded to it.</summary>
    public static Refusal? CheckJoin(SealedBidRunState state, string proverId, DateTimeOffset now)
    {
        if (RunRules.CheckJoin(state.Run, proverId, now) is { } refusal) return refusal;
        return state.Award?.ProverId == proverId
            ? null
            : Refusal.Of(ReasonCode.NotAwarded, "proverId", state.Award is null ? "the winner; nobody has won yet" : "the winner", proverId);
    }

    /// <summary>A prover declines or leaves. It costs a bidder what not revealing costs, whoever holds the award a part of the bond that grows with
    /// time and is at least that, and a backup nothing.</summary>
    public static SealedBidRunState Declined(SealedBidRunState state, string proverId, string session, ReasonCode reason, DateTimeOffset now)
    {
        var bidding = state.Book.Decision is null && state.Book.Commitments.ContainsKey(proverId);
        var run = RunRules.Declined(state.Run, proverId, session, reason, now);
        if (ReferenceEquals(run, state.Run)) return state;
        var least = SealedBidRules.NonRevealPenalty(state.Parameters);
        if (bidding) return state with { Run = RunRules.Penalised(run, proverId, least, now), Book = SealedBidRules.Withdraw(state.Book, proverId) };
        if (state.Award is not { } award || award.ProverId != proverId) return With(state, run);
        var penalty = ReturnPenalty.At(state.Parameters.Bond, award.AwardedAt, award.Deadline, now);
        return With(state, RunRules.Penalised(run, proverId, penalty > least ? penalty : least, now));
    }

    /// <summary>What a valid proof of a prover is paid; nothing but for the holder of the award.</summary>
    public static Credits RewardOf(SealedBidRunState state, string proverId) =>
        state.Award is { } award && award.ProverId == proverId ? award.Payment : Credits.Zero;

    /// <summary>The first valid proof ends the run.</summary>
    public static SealedBidRunState Verified(SealedBidRunState state, AcceptedProof proof) =>
        With(state, RunRules.Finished(RunRules.Delivered(state.Run, proof, RewardOf(state, proof.ProverId)), proof.VerifiedAt));

    /// <summary>True when bidding is over.</summary>
    /// <param name="state">The run.</param>
    /// <param name="invited">Everybody invited so far; null before the first invitations are out.</param>
    /// <param name="declined">Who has declined the invitation.</param>
    /// <param name="now">The time.</param>
    public static bool IsBiddingOver(SealedBidRunState state, IReadOnlyCollection<string>? invited, IReadOnlySet<string> declined, DateTimeOffset now) =>
        SealedBidRules.IsBiddingOver(
            state.Book, state.Parameters, invited,
            state.Run.Participants.Values.Where(IsOut).Select(participant => participant.ProverId).Concat(declined).ToHashSet(), now)
        || state.Book.Commitments.Count >= state.Parameters.Bidders;

    /// <summary>When the run has to act by itself, whatever comes in; null when it has ended.</summary>
    public static DateTimeOffset? NextAt(SealedBidRunState state)
    {
        if (state.Run.Report is not null) return null;
        return state.Book.Phase switch
        {
            // Without a bid there is nothing to do before the request ends the run at its hard deadline.
            SealedBidPhase.Bidding when state.Book.Commitments.IsEmpty => null,
            SealedBidPhase.Bidding => SealedBidRules.BiddingCloses(state.Book, state.Parameters),
            SealedBidPhase.Reveal when state.Book.Revealed.Count == state.Book.Commitments.Count => DateTimeOffset.MinValue,
            SealedBidPhase.Reveal => SealedBidRules.RevealCloses(state.Book, state.Parameters),
            _ when StatusOf(state, state.Award?.ProverId) == ParticipantStatus.Proving => state.Award!.Deadline.AddTicks(1),
            _ => DateTimeOffset.MinValue,
        };
    }

    /// <summary>Ends the bidding now: bids are revealed from now on. Whoever was about to bid, and lost the answer, has not.</summary>
    public static SealedBidRunState CloseBidding(SealedBidRunState state, DateTimeOffset now)
    {
        state = state.Run.Participants.Keys.Aggregate(state, (before, prover) => TurnedAway(before, prover, ReasonCode.BiddingClosed));
        return state with
        {
            Book = SealedBidRules.CloseBidding(state.Book, state.Parameters, now),
            Run = RunRules.Enter(state.Run, TranscriptKind.PhaseEnded, now, value: nameof(SealedBidPhase.Bidding)),
        };
    }

    /// <summary>What the run does when <see cref="NextAt"/> has come: it closes the bidding, decides, awards to the next in the ranking, or opens another
    /// round.</summary>
    public static SealedBidRunState Act(SealedBidRunState state, DateTimeOffset now)
    {
        if (NextAt(state) is not { } at || now < at) return state;
        return state.Book.Phase switch
        {
            SealedBidPhase.Bidding => CloseBidding(state, now),
            SealedBidPhase.Reveal => Decide(state, now),
            _ when StatusOf(state, state.Award?.ProverId) == ParticipantStatus.Proving => With(state, RunRules.Missed(state.Run, state.Award!.ProverId, now)),
            _ => AwardNext(state, now),
        };
    }

    /// <summary>The winner has fetched its assignment: it knows of the award.</summary>
    public static SealedBidRunState Fetched(SealedBidRunState state) =>
        state.Award is { IsFetched: false } award ? state with { Award = award with { IsFetched = true } } : state;

    /// <summary>After a time in which nobody could be heard: whoever has not revealed has the whole window again, and a winner that has not fetched its assignment the whole
    /// time to deliver. When the hard deadline does not leave what it bid for, it goes back to its place in the ranking, to be let go without a penalty
    /// as a backup would be.</summary>
    public static SealedBidRunState Resumed(SealedBidRunState state, DateTimeOffset now)
    {
        if (state.Run.Report is not null) return state;
        if (state.Book.Phase == SealedBidPhase.Reveal && state.Book.Revealed.Count < state.Book.Commitments.Count)
        {
            return state with
            {
                Book = SealedBidRules.ResumeReveal(state.Book, now),
                Run = RunRules.Enter(state.Run, TranscriptKind.Resumed, now, value: nameof(SealedBidPhase.Reveal)),
            };
        }
        if (state.Award is not { IsFetched: false } award || StatusOf(state, award.ProverId) != ParticipantStatus.Proving) return state;
        var ranked = RunRules.With(state.Run, state.Run.Participants[award.ProverId] with { Status = ParticipantStatus.Offered, Terms = null });
        state = state with
        {
            Run = RunRules.Enter(ranked, TranscriptKind.Resumed, now, award.ProverId, nameof(SealedBidPhase.Decided)),
            Award = award.Place == 0 ? null : award with { Place = award.Place - 1, ProverId = "" },
        };
        return state.Book.Decision!.Ranking[award.Place].Eta <= state.Run.Order.HardDeadline - now ? AwardNext(state, now) : state;
    }

    private static SealedBidRunState Decide(SealedBidRunState state, DateTimeOffset now)
    {
        var seed = SealedBidRanking.Seed(state.Book);
        var book = SealedBidRules.Decide(state.Book, state.Parameters, seed, now);
        var decision = book.Decision!;
        var run = RunRules.Enter(state.Run, TranscriptKind.PhaseEnded, now, value: nameof(SealedBidPhase.Reveal));
        run = RunRules.Enter(run, TranscriptKind.Drawn, now, value: string.Join(' ', decision.Ranking.Select(bid => bid.ProverId)));
        foreach (var prover in decision.Losers)
        {
            run = book.Revealed[prover].Refusal is { } refusal
                ? Release(run, prover, refusal.Code, $"its bid cannot win: {refusal}", now)
                : Release(run, prover, ReasonCode.Outbid, "", now);
        }
        var penalty = SealedBidRules.NonRevealPenalty(state.Parameters);
        foreach (var prover in decision.NotRevealed) run = Release(run, prover, ReasonCode.BidNotRevealed, $"loses {penalty} credits of its bond", now, penalty);
        return AwardNext(state with { Book = book, Run = run }, now);
    }

    private static SealedBidRunState AwardNext(SealedBidRunState state, DateTimeOffset now)
    {
        var ranking = state.Book.Decision!.Ranking;
        var left = state.Run.Order.HardDeadline - now;
        var place = state.Award is { } before ? before.Place + 1 : 0;
        for (; place < ranking.Length; place++)
        {
            var next = ranking[place];
            if (StatusOf(state, next.ProverId) != ParticipantStatus.Offered) continue;
            if (next.Eta <= left) break;
            // It bid for the time it needs; what is left is the fault of whoever came before.
            var detail = $"its ETA is {ParameterReader.InSeconds(next.Eta)} seconds, and {ParameterReader.InSeconds(left)} are left";
            state = With(state, Release(state.Run, next.ProverId, ReasonCode.DeadlineTooSoon, detail, now));
        }
        if (place >= ranking.Length)
        {
            return state with
            {
                Book = SealedBidRules.Open(state.Book.Auction, now, state.Book.HardDeadline),
                Award = null,
                Run = RunRules.Enter(
                    RunRules.Note(state.Run, RequestPhase.Open, now, ReasonCode.NoBidAccepted, null, "nobody is left in the ranking; bidding is open again"),
                    TranscriptKind.PhaseEnded, now, value: nameof(SealedBidPhase.Decided)),
            };
        }
        var bid = ranking[place];
        var deadline = SealedBidRanking.DeliverBy(state.Parameters, bid.Eta, now, state.Run.Order.HardDeadline);
        var winner = state.Run.Participants[bid.ProverId];
        var run = RunRules.With(state.Run, winner with
        {
            Status = ParticipantStatus.Proving, Terms = new LeaseTerms { Bond = state.Parameters.Bond, Deadline = deadline },
        });
        run = RunRules.Note(run, RequestPhase.Assigned, now, ReasonCode.None, bid.ProverId, $"score {bid.Score.Total}, is paid {bid.Payment} credits");
        run = RunRules.Enter(run, TranscriptKind.Awarded, now, bid.ProverId, string.Create(CultureInfo.InvariantCulture, $"{bid.Payment.Micro} {deadline.UtcTicks}"));
        run = RunRules.EnterLease(run, run.Participants[bid.ProverId], now);
        return state with
        {
            Run = run,
            Award = new SealedBidAward { Place = place, ProverId = bid.ProverId, Payment = bid.Payment, AwardedAt = now, Deadline = deadline },
        };
    }

    /// <summary>Whoever has been in the run and cannot bid in it again.</summary>
    private static bool IsOut(RunParticipant participant) =>
        participant.Status is ParticipantStatus.Left or ParticipantStatus.Missed or ParticipantStatus.Disqualified;

    private static RunState Release(RunState run, string proverId, ReasonCode reason, string detail, DateTimeOffset now, Credits penalty = default)
    {
        var participant = run.Participants[proverId];
        if (participant.Status != ParticipantStatus.Offered) return run;
        var released = RunRules.With(run, participant with { Status = ParticipantStatus.Left, Reason = reason });
        var noted = detail.Length == 0 ? released : RunRules.Note(released, RequestPhase.Open, now, reason, proverId, detail);
        return RunRules.Penalised(RunRules.Enter(noted, TranscriptKind.Returned, now, proverId, reason.ToString()), proverId, penalty, now);
    }

    private static ParticipantStatus? StatusOf(SealedBidRunState state, string? proverId) =>
        proverId is null ? null : state.Run.Participants.GetValueOrDefault(proverId)?.Status;

    private static SealedBidRunState With(SealedBidRunState state, RunState run) => ReferenceEquals(run, state.Run) ? state : state.With(run);
}
