using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>The rules of an election on a run: randomness is committed to, candidates are collected, provers are drawn and called in that order until
/// every seat is taken; whoever declines, does not answer, misses its deadline or fails makes room for the next. When nobody drawn is left, another
/// draw is held among those not called yet, with randomness of its own.</summary>
public static class ElectionRules
{
    /// <summary>After so many characters of candidates in the transcript, no further draw is held in a run: each enters who has come, changed or gone since, and stakes can change at will.</summary>
    public const int MostCandidatesText = 2 * 1024 * 1024;

    /// <summary>Begins an election: commits to randomness of the market's own at once. To a round of a public beacon it commits when candidates are known.</summary>
    public static (RunState Run, Election Election) Begun(RunState run, Election election, Beacon beacon, DateTimeOffset now) =>
        beacon.Round is null ? Committed(run, election, beacon, now) : (run, election with { LookAt = now });

    /// <summary>Commits to randomness of the market's own. Durable before candidates are looked for: nobody can choose it to suit them.</summary>
    public static (RunState Run, Election Election) Committed(RunState run, Election election, Beacon beacon, DateTimeOffset now) => (
        EnterCommitment(run, beacon, now), election with { Beacon = beacon, LookAt = now });

    /// <summary>Commits to candidates, and to a round of a public beacon with which to draw among them. Durable before the round is published: whoever knows the round when it is can change neither
    /// them nor the request.</summary>
    /// <exception cref="ArgumentException">The round is known already: requests could be varied until it draws whom their requester wants.</exception>
    /// <exception cref="InvalidOperationException">There is nobody to draw.</exception>
    public static (RunState Run, Election Election) CommittedToRound(
        RunState run, Election election, Beacon beacon, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        if (!(beacon.PublishedAt > now)) throw new ArgumentException($"Round {beacon.Round} of {beacon.Source} is published at {beacon.PublishedAt:O}, and not after {now:O}.", nameof(beacon));
        if (candidates.IsEmpty) throw new InvalidOperationException("A draw needs candidates.");
        return (EnterCommitment(DrawRecord.EnterCandidates(run, candidates, now), beacon, now), election with { Beacon = beacon, LookAt = beacon.PublishedAt.Value });
    }

    /// <summary>The round that was committed to has been published.</summary>
    public static Election Published(Election election, Bytes value) => election with { Beacon = election.Beacon! with { Value = value } };

    /// <summary>The candidates that were committed to with a round.</summary>
    public static ImmutableArray<ElectionCandidate> CandidatesOf(RunState run) => DrawRecord.Of(run.Transcript).Candidates;

    /// <summary>The candidates that can still be drawn: whoever can be called (<see cref="CallingRules.Callable"/>), but nobody when a run has drawn too
    /// often (<see cref="MostCandidatesText"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="candidates">Provers that meet the request now.</param>
    /// <param name="now">The time.</param>
    /// <param name="pause">The pause before a prover whose lease could not be reserved is drawn again, after the first time.</param>
    public static ImmutableArray<ElectionCandidate> Drawable(RunState run, IReadOnlyCollection<ElectionCandidate> candidates, DateTimeOffset now, TimeSpan pause)
    {
        if (run.Transcript.Where(entry => entry.Kind is TranscriptKind.Candidates or TranscriptKind.CandidatesChanged).Sum(entry => (long)entry.Value.Length) >= MostCandidatesText) return [];
        var callable = CallingRules.Callable(run, candidates.Select(candidate => candidate.ProverId), now, pause).ToHashSet(StringComparer.Ordinal);
        return [.. candidates.Where(candidate => callable.Contains(candidate.ProverId))];
    }

    /// <summary>Nobody could be drawn: looks again later.</summary>
    public static Election LookedInVain(Election election, DateTimeOffset again) => election with { LookAt = again };

    /// <summary>Draws among candidates, and reveals the randomness with which it did.</summary>
    /// <exception cref="InvalidOperationException">No randomness was committed to, or there is nobody to draw.</exception>
    public static (RunState Run, Election Election) Drawn(
        RunState run, Election election, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        var beacon = RandomnessOf(election);
        if (candidates.IsEmpty) throw new InvalidOperationException("A draw needs candidates.");
        var terms = election.Terms;
        var ranked = Draw.Rank(Draw.SeedOf(beacon.Value, run.Order.RequestId, run.Order.Stage), candidates, terms.AlphaPercent);
        var drawn = ranked[..Math.Min(ranked.Length, terms.Seats + terms.Backups)];
        run = Revealed(run, beacon, candidates, now);
        run = RunRules.Enter(run, TranscriptKind.Drawn, now, value: string.Join(' ', drawn));
        var concentration = Draw.ConcentrationPpm(candidates, terms.AlphaPercent) / 1_000_000m;
        run = RunRules.Note(
            run, RequestPhase.Open, now, ReasonCode.None, null,
            string.Create(CultureInfo.InvariantCulture, $"drew {drawn.Length} of {candidates.Length}, concentration {concentration:0.###}"));
        return (run, election with { Beacon = null, Waiting = drawn });
    }

    /// <summary>The randomness that was committed to, to draw with it.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it is not published yet.</exception>
    internal static Beacon RandomnessOf(Election election) =>
        election.Beacon is { Value.Length: > 0 } beacon ? beacon : throw new InvalidOperationException("A draw needs randomness that was committed to before.");

    /// <summary>Enters the randomness, and the candidates that are known only now.</summary>
    internal static RunState Revealed(RunState run, Beacon beacon, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        run = RunRules.Enter(run, TranscriptKind.BeaconRevealed, now, value: Convert.ToHexStringLower(beacon.Value.Span));
        return beacon.Round is null ? DrawRecord.EnterCandidates(run, candidates, now) : run;
    }

    /// <summary>Calls as many of those waiting as there are free seats: notes that their leases are reserved, before the registry is asked.</summary>
    public static (RunState Run, Election Election) Called(RunState run, Election election, DateTimeOffset now)
    {
        var count = Math.Min(FreeSeats(run, election), election.Waiting.Length);
        var (terms, answerBy) = (TermsOf(run, election, now), AnswerBy(run, election, now));
        foreach (var prover in election.Waiting[..count]) run = RunRules.Calling(run, prover, terms, answerBy);
        return (run, election with { Waiting = election.Waiting[count..] });
    }

    /// <summary>Whose leases have to be reserved now: noted, not known to be reserved, and not to be asked for later only.</summary>
    public static ImmutableArray<RunParticipant> ToReserve(RunState run, DateTimeOffset now) =>
        [.. run.Participants.Values.Where(participant => participant is { Status: ParticipantStatus.Joining, Session: "" } && !(participant.AskAt > now))];

    /// <summary>The registry refused a lease for a prover that was called: its seat is free. While the registry does not know its session, as after a
    /// restart, it is asked again until the time to answer is over; nobody else waits for that.</summary>
    /// <param name="run">The run.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="refusal">The registry's answer.</param>
    /// <param name="now">The time.</param>
    /// <param name="again">When to ask again, if at all.</param>
    public static RunState NotReserved(RunState run, string proverId, Refusal refusal, DateTimeOffset now, DateTimeOffset again)
    {
        var called = run.Participants[proverId];
        return refusal.Code == ReasonCode.SessionUnknown && now < called.AnswerBy
            ? RunRules.With(run, called with { AskAt = Sooner(called.AnswerBy, again) })
            : RunRules.Enter(
                RunRules.JoinRefused(run, proverId, refusal, isFirstAttempt: true), TranscriptKind.NotReserved, now, proverId, refusal.Code.ToString());
    }

    /// <summary>By when a prover called now has to answer.</summary>
    public static DateTimeOffset AnswerBy(RunState run, Election election, DateTimeOffset now) =>
        Earlier(run.Order.HardDeadline, now, election.Terms.AnswerWindow);

    /// <summary>Those who have not taken up their leases in time.</summary>
    public static ImmutableArray<string> Silent(RunState run, DateTimeOffset now) =>
    [
        .. run.Participants.Values
            .Where(participant => participant.Status == ParticipantStatus.Offered && participant.AnswerBy <= now)
            .Select(participant => participant.ProverId),
    ];

    /// <summary>Those who hold a lease and have delivered nothing by its deadline. A proof that arrives at the deadline itself is in time.</summary>
    public static ImmutableArray<string> Late(RunState run, DateTimeOffset now) =>
    [
        .. run.Participants.Values
            .Where(participant => participant is { Status: ParticipantStatus.Proving, Terms: { } terms } && terms.Deadline < now && terms.Deadline < run.Order.HardDeadline)
            .Select(participant => participant.ProverId),
    ];

    /// <summary>Why a prover may not take a lease now; null when one is reserved for it, or it has one.</summary>
    public static Refusal? CheckJoin(RunState run, string proverId, DateTimeOffset now) =>
        RunRules.CheckJoin(run, proverId, now)
        ?? (run.Participants.GetValueOrDefault(proverId) is { IsIn: true }
            ? null
            : Refusal.Of(ReasonCode.NotElected, "proverId", "a prover for which the run has reserved a lease", proverId));

    /// <summary>When the election has something to do; null when never. What is due at once is due since the run was opened.</summary>
    public static DateTimeOffset? NextAt(RunState run, Election election)
    {
        if (run.Report is not null || run.First is not null) return null;
        var next = NextOfCalled(run);
        if (FreeSeats(run, election) > 0) next = Sooner(next, election.Waiting.IsEmpty ? election.LookAt : run.Transcript[0].At);
        return next < run.Order.HardDeadline ? next : null;
    }

    /// <summary>When something is due for those who are called or hold a lease: to reserve it, an answer, a delivery; null when nothing is. What is due at once is due since the run
    /// was opened.</summary>
    public static DateTimeOffset? NextOfCalled(RunState run)
    {
        DateTimeOffset? next = null;
        foreach (var participant in run.Participants.Values)
        {
            next = participant switch
            {
                { Status: ParticipantStatus.Joining, Session: "" } => Sooner(next, participant.AskAt ?? run.Transcript[0].At),
                { Status: ParticipantStatus.Offered } => Sooner(next, participant.AnswerBy),
                // Only once the deadline has passed: at the deadline itself a proof is still in time.
                { Status: ParticipantStatus.Proving, Terms: { } terms } => Sooner(next, terms.Deadline.AddTicks(1)),
                _ => next,
            };
        }
        return next;
    }

    /// <summary>The sooner of two times; null for never.</summary>
    internal static DateTimeOffset? Sooner(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    /// <summary>Seats that nobody has or is called to.</summary>
    public static int FreeSeats(RunState run, Election election) => Math.Max(0, election.Terms.Seats - run.Participants.Values.Count(RunRules.HasPlace));

    /// <summary>By when a prover called now has to deliver.</summary>
    public static DateTimeOffset DeliverBy(RunState run, Election election, DateTimeOffset now) => election.Terms.DeliveryTime is { } time
        ? Earlier(run.Order.HardDeadline, now, election.Terms.AnswerWindow + time)
        : run.Order.HardDeadline;

    private static RunState EnterCommitment(RunState run, Beacon beacon, DateTimeOffset now) =>
        RunRules.Enter(run, TranscriptKind.BeaconCommitted, now, value: $"{beacon.Source} {beacon.Commitment}");

    private static LeaseTerms? TermsOf(RunState run, Election election, DateTimeOffset now) => election.Terms.DeliveryTime is null
        ? null
        : new LeaseTerms { Bond = run.Bond, Deadline = DeliverBy(run, election, now) };

    private static DateTimeOffset Earlier(DateTimeOffset hard, DateTimeOffset now, TimeSpan after) => after < hard - now ? now + after : hard;
}
