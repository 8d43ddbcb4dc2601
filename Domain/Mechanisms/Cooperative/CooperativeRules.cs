using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>The rules of a committee: 3f + 1 are drawn, each is called to a seat with its share of the statements (<see cref="CommitteeShares"/>), and the next
/// drawn takes the seat of one that declines, does not answer, is late or delivers an invalid proof, with what is left of its share. The first valid proof of a
/// statement is paid. The run is won when all statements are proved; what has been proved is paid also when it is not. How it ends is in
/// <see cref="CooperativeEnd"/>.</summary>
public static class CooperativeRules
{
    /// <summary>Starts a run from an order, with the randomness of its first draw; refuses parameters that are unknown or out of range.</summary>
    public static (CooperativeState? State, Refusal? Refusal) Start(RunOrder order, Beacon beacon, DateTimeOffset now)
    {
        var (parameters, refusal) = CooperativeParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, CountOf(order));
        refusal ??= parameters!.CheckWork(CountOf(order), order.Program.Work);
        if (refusal is not null) return (null, refusal);
        var (run, election) = ElectionRules.Begun(RunRules.Opened(order, parameters!.Bond, now), new Election { Terms = parameters.Terms }, beacon, now);
        return (new CooperativeState { Run = run, Election = election, Parameters = parameters }, null);
    }

    /// <summary>How many statements an order has.</summary>
    public static int CountOf(RunOrder order) => order.IsBatch ? order.Statements.Length : 1;

    /// <summary>The number of each statement of an order: its place in the request's list, of which an order of a later stage has only some.</summary>
    public static IEnumerable<int> NumbersOf(RunOrder order) => order.IsBatch ? order.Statements.Select(statement => statement.Statement) : [0];

    /// <summary>The public inputs of a statement; null when the order has none of that number.</summary>
    public static Bytes? PublicInputsOf(RunOrder order, int statement) => order.IsBatch
        ? order.Statements.FirstOrDefault(known => known.Statement == statement)?.PublicInputs
        : statement == 0 ? order.PublicInputs : null;

    /// <summary>Draws the committee, or members for seats that have become free, with the randomness committed to. Those who were silent the last time come after all others, and
    /// only when these do not fill the committee.</summary>
    /// <param name="state">The run.</param>
    /// <param name="last">What is remembered of the last run; null when there was none.</param>
    /// <param name="candidates">Who can be drawn.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidOperationException">There are too few candidates (<see cref="SeatsWanted"/>), or no randomness was committed to.</exception>
    public static CooperativeState Drawn(CooperativeState state, CommitteeRecord? last, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        var beacon = ElectionRules.RandomnessOf(state.Election);
        if (candidates.Length < SeatsWanted(state)) throw new InvalidOperationException("A draw needs candidates for the whole committee.");
        var (run, order, terms) = (state.Run, state.Run.Order, state.Parameters.Terms);
        var absent = state.Seats.IsEmpty ? last?.Silent ?? [] : state.Absent;
        if (state.Seats.IsEmpty && !absent.IsEmpty)
            run = RunRules.Enter(run, TranscriptKind.Absent, now, value: $"{last!.RunKey} {string.Join(' ', absent)}");
        var drawn = Rank(Draw.SeedOf(beacon.Value, order.RequestId, order.Stage), terms, candidates, absent, SeatsWanted(state));
        run = ElectionRules.Revealed(run, beacon, candidates, now);
        run = RunRules.Enter(run, TranscriptKind.Drawn, now, value: string.Join(' ', drawn));
        run = RunRules.Note(run, RequestPhase.Open, now, ReasonCode.None, null, $"drew {drawn.Length} of {candidates.Length}{(absent.IsEmpty ? "" : $"; silent the last time: {string.Join(", ", absent)}")}");
        return state with
        {
            Run = run, Absent = absent, Election = state.Election with { Beacon = null, Waiting = drawn }, Seats = state.Seats.IsEmpty ? SeatsOf(order, state.Parameters) : state.Seats,
        };
    }

    /// <summary>How many candidates a draw needs: a whole committee at first, one for a seat that has become free.</summary>
    public static int SeatsWanted(CooperativeState state) => state.Seats.IsEmpty ? state.Parameters.Terms.Seats : 1;

    /// <summary>All candidates in the order in which they are drawn, as many as there are seats and backups.</summary>
    internal static ImmutableArray<string> Rank(
        Bytes seed, ElectionTerms terms, ImmutableArray<ElectionCandidate> candidates, ImmutableArray<string> absent, int wanted)
    {
        var ranked = Draw.Rank(seed, candidates.Where(candidate => !absent.Contains(candidate.ProverId)), terms.AlphaPercent);
        if (ranked.Length < wanted) ranked = ranked.AddRange(Draw.Rank(seed, candidates.Where(candidate => absent.Contains(candidate.ProverId)), terms.AlphaPercent));
        return ranked[..Math.Min(ranked.Length, terms.Seats + terms.Backups)];
    }

    /// <summary>The seats of a committee that have statements.</summary>
    internal static ImmutableArray<CommitteeSeat> SeatsOf(RunOrder order, CooperativeParameters parameters)
    {
        var numbers = NumbersOf(order).ToImmutableArray();
        var firsts = CommitteeShares.FirstSeats(numbers.Length, parameters.Faults);
        return
        [
            .. CommitteeShares.Deal(numbers.Length, parameters.Faults)
                .Select((share, seat) => new CommitteeSeat { Statements = [.. share.Select(position => numbers[position])], IsFirst = firsts.Contains(seat) })
                .Where(seat => !seat.Statements.IsEmpty),
        ];
    }

    /// <summary>Calls those waiting to the seats that are free: notes that their leases are reserved, before the registry is asked.</summary>
    public static CooperativeState Called(CooperativeState state, DateTimeOffset now)
    {
        foreach (var seat in FreeSeats(state))
        {
            if (state.Election.Waiting.IsEmpty) return state;
            var (prover, left) = (state.Election.Waiting[0], LeftIn(state, state.Seats[seat]));
            var terms = new LeaseTerms
            {
                Bond = state.Run.Bond, Deadline = ElectionRules.DeliverBy(state.Run, state.Election, now), Work = new WorkUnits(state.Run.Order.Program.Work.Milli * left.Length),
            };
            var run = RunRules.Calling(state.Run, prover, terms, ElectionRules.AnswerBy(state.Run, state.Election, now));
            run = RunRules.Enter(run, TranscriptKind.Seated, now, prover, Format(seat, left));
            state = state with
            {
                Run = run,
                Election = state.Election with { Waiting = state.Election.Waiting.RemoveAt(0) },
                Seats = Seated(state, seat, prover),
            };
        }
        return state;
    }

    /// <summary>Seats with something left to prove that nobody has or is called to.</summary>
    public static ImmutableArray<int> FreeSeats(CooperativeState state) =>
    [
        .. Enumerable.Range(0, state.Seats.Length).Where(seat =>
            LeftIn(state, state.Seats[seat]).Length > 0 && !(MemberOf(state, state.Seats[seat]) is { } member && RunRules.HasPlace(member))),
    ];

    /// <summary>Whether somebody is to be drawn or called.</summary>
    public static bool WantsMembers(CooperativeState state) => state.Run.Report is null && (state.Seats.IsEmpty || !FreeSeats(state).IsEmpty);

    /// <summary>The statements that a prover has been given and that nobody has proved yet, in the order in which it works on them; empty for whoever has no
    /// seat.</summary>
    public static ImmutableArray<int> LeftFor(CooperativeState state, string proverId) => SeatOf(state, proverId) is { } seat ? LeftIn(state, seat) : [];

    /// <summary>What a prover would be paid for all that is left in its seat.</summary>
    public static Credits RewardOf(CooperativeState state, string proverId) =>
        new(checked(state.Parameters.Price.Micro * LeftFor(state, proverId).Length));

    /// <summary>What was proved of a statement; null when nothing was.</summary>
    public static ProvedStatement? ProofOf(CooperativeState state, int statement) => state.Proved.FirstOrDefault(proved => proved.Statement == statement);

    /// <summary>Why a submission of proofs of these statements is not looked at; null when it is.</summary>
    public static Refusal? CheckCount(ImmutableArray<int> statements)
    {
        if (statements.IsEmpty || statements.Length > MarketLimits.SubmissionProofs)
            return Refusal.Of(ReasonCode.OutOfRange, "proofs", $"1 to {MarketLimits.SubmissionProofs}", $"{statements.Length}");
        return statements.Distinct().Count() == statements.Length ? null : Refusal.Of(ReasonCode.FieldMalformed, "proofs", "each of another statement", string.Join(", ", statements));
    }

    /// <summary>Why a proof of a statement cannot be taken from a prover now, beside what holds for every run; null when it can be verified.</summary>
    public static Refusal? CheckStatement(CooperativeState state, string proverId, int statement)
    {
        if (RunRules.CheckOpen(state.Run) is { } closed) return closed;
        if (PublicInputsOf(state.Run.Order, statement) is null)
            return Refusal.Of(ReasonCode.StatementUnknown, "statement", $"one of {string.Join(", ", NumbersOf(state.Run.Order))}", $"{statement}");
        if (ProofOf(state, statement) is { } proved)
            return Refusal.Of(ReasonCode.StatementDelivered, "statement", "one that nobody has proved", $"{statement}, proved by {proved.ProverId}");
        return SeatOf(state, proverId)?.Statements.Contains(statement) == true
            ? null
            : Refusal.Of(ReasonCode.StatementNotAssigned, "statement", $"one of those given to {proverId}", $"{statement}");
    }

    /// <summary>A valid proof of a statement: its prover is paid for it. Whoever has nothing left to prove is through; the run is won when all statements are proved.</summary>
    /// <param name="state">The run.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="proof">The proof.</param>
    /// <exception cref="InvalidOperationException">The prover does not work on this statement, or it has been proved.</exception>
    public static CooperativeState Delivered(CooperativeState state, int statement, AcceptedProof proof)
    {
        var participant = RunRules.Require(state.Run, proof.ProverId, ParticipantStatus.Proving);
        if (CheckStatement(state, proof.ProverId, statement) is { } refusal) throw new InvalidOperationException($"The transition does not fit: {refusal}.");
        var (price, earlier) = (state.Parameters.Price, participant.Delivery);
        var digest = TranscriptRules.DigestOf(proof.ProverId, proof.Proof);
        var run = RunRules.With(state.Run, participant with
        {
            Delivery = new ProofDelivery { Place = earlier?.Place ?? RunRules.Deliveries(state.Run) + 1, ReceivedAt = proof.ReceivedAt, Reward = (earlier?.Reward ?? Credits.Zero) + price },
        });
        run = RunRules.Note(run, RequestPhase.Verifying, proof.VerifiedAt, ReasonCode.Won, proof.ProverId, run.Order.IsBatch ? $"statement {statement}, {price} credits" : $"reward {price} credits");
        run = RunRules.Enter(run, TranscriptKind.Proof, proof.VerifiedAt, proof.ProverId, Format(statement, digest, proof.ReceivedAt));
        var proved = new ProvedStatement
        {
            Statement = statement, ProverId = proof.ProverId, Digest = digest, Stage = run.Order.Stage, ReceivedAt = proof.ReceivedAt, Reward = price,
        };
        var next = WithoutIdle(state with { Run = run, Proved = state.Proved.Add(proved), Kept = state.Kept.Remove(digest) });
        if (next.Proved.Length < CountOf(run.Order)) return next;
        // A single proof is part of the report; those of a batch are too many for it.
        return CooperativeEnd.Won(next, run.Order.IsBatch ? null : proof, proof.VerifiedAt);
    }

    /// <summary>Proofs with these digests are to be written to records of their own.</summary>
    public static CooperativeState Keeping(CooperativeState state, ImmutableArray<string> digests)
    {
        var added = digests.RemoveAll(digest => state.Kept.Contains(digest));
        return added.IsEmpty ? state : state with { Kept = state.Kept.AddRange(added) };
    }

    /// <summary>Whoever has taken up its seat and missed its delivery time is out. Silence costs nothing of the bond.</summary>
    public static CooperativeState Missed(CooperativeState state, string proverId, DateTimeOffset now) =>
        state.With(RunRules.Missed(state.Run, proverId, now, penalty: Credits.Zero));

    /// <summary>When the run has something to do; null when never. What is due at once is due since the run was opened.</summary>
    public static DateTimeOffset? NextAt(CooperativeState state)
    {
        var (run, election) = (state.Run, state.Election);
        if (run.Report is not null) return null;
        var next = ElectionRules.NextOfCalled(run);
        if (WantsMembers(state)) next = ElectionRules.Sooner(next, election.Waiting.IsEmpty ? election.LookAt : run.Transcript[0].At);
        return next < run.Order.HardDeadline ? next : null;
    }

    /// <summary>A seat as the transcript has it: its number, a colon and its statements in order.</summary>
    internal static string Format(int seat, ImmutableArray<int> statements) =>
        string.Create(CultureInfo.InvariantCulture, $"{seat}: ") + string.Join(' ', statements.Select(statement => statement.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The statements of a seat that nobody has proved.</summary>
    internal static ImmutableArray<int> LeftIn(CooperativeState state, CommitteeSeat seat) => seat.Statements.RemoveAll(statement => ProofOf(state, statement) is not null);

    private static string Format(int statement, string digest, DateTimeOffset receivedAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{statement} {digest} {receivedAt.UtcTicks}");

    /// <summary>The seats with a prover in one of them. Whoever was called before and got no lease has never had a seat.</summary>
    private static ImmutableArray<CommitteeSeat> Seated(CooperativeState state, int seat, string prover)
    {
        var left = state.Seats.Select(known => MemberOf(state, known) is { Status: ParticipantStatus.Refused } refused && (refused.ProverId == prover || known == state.Seats[seat])
            ? known with { Members = known.Members.RemoveAt(known.Members.Length - 1) }
            : known).ToImmutableArray();
        return left.SetItem(seat, left[seat] with { Members = left[seat].Members.Add(prover) });
    }

    private static CommitteeSeat? SeatOf(CooperativeState state, string proverId) =>
        state.Seats.FirstOrDefault(seat => seat.Members is [.., var last] && last == proverId);

    private static RunParticipant? MemberOf(CooperativeState state, CommitteeSeat seat) =>
        seat.Members is [.., var last] ? state.Run.Participants.GetValueOrDefault(last) : null;

    /// <summary>Members that have nothing left to prove are through: with a delivery they have done their part, without one others did it.</summary>
    private static CooperativeState WithoutIdle(CooperativeState state)
    {
        var run = state.Run;
        foreach (var seat in state.Seats)
        {
            if (MemberOf(state, seat) is not { IsIn: true } known || !LeftIn(state, seat).IsEmpty) continue;
            var member = run.Participants[known.ProverId];
            run = RunRules.With(run, member with
            {
                Status = member.Delivery is null ? ParticipantStatus.Released : ParticipantStatus.Delivered,
                // Who was at work is told from who had not even answered.
                Reason = member.Status == ParticipantStatus.Proving ? ReasonCode.StatementDelivered : ReasonCode.RunClosed,
                AnswerBy = null,
            });
        }
        return state.With(run);
    }
}
