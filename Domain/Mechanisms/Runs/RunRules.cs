using System.Globalization;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>The rules that every run keeps, whatever its mechanism: who may take part, what becomes of leases, which proofs are looked at. A
/// transition that does not fit the state throws <see cref="InvalidOperationException"/>: the grain did not check first. Nothing changes a run
/// that has ended.</summary>
public static partial class RunRules
{
    /// <summary>After so many events, further declined invitations, and leases taken, given back or lapsed, are no longer noted one by one. The transcript has every lease.</summary>
    public const int MostEvents = 500;

    /// <summary>Once a run knows so many provers, it asks the registry whose session that is before it notes anybody else: calls in the names of provers are refused
    /// without a trace, and only who works in its own name takes up what is left of <see cref="MarketLimits.RunParticipants"/>.</summary>
    public const int ManyParticipants = MarketLimits.RunParticipants / 4;

    private const string Declines = "declined";

    /// <summary>A run that has been opened.</summary>
    /// <param name="order">The order.</param>
    /// <param name="bond">The bond under each lease.</param>
    /// <param name="now">The time.</param>
    public static RunState Opened(RunOrder order, Credits bond, DateTimeOffset now) => new()
    {
        Order = order, Bond = bond, Transcript = TranscriptRules.Append([], TranscriptKind.Opened, now, value: RunOrderRules.DigestOf(order)),
    };

    /// <summary>Why a prover may not take a lease now, whatever the mechanism; null when it may. A participant that joins again (after losing its
    /// answer or its process) may, and takes its lease over into the new session.</summary>
    public static Refusal? CheckJoin(RunState run, string proverId, DateTimeOffset now)
    {
        if (CheckOpen(run) is { } closed) return closed;
        if (now >= run.Order.HardDeadline)
            return Refusal.Of(ReasonCode.LeaseDeadlinePassed, "hardDeadline", $"before {run.Order.HardDeadline:O}", $"{now:O}");
        if (proverId.Length is 0 or > MarketLimits.IdLength)
            return Refusal.Of(ReasonCode.ProverUnknown, "proverId", $"an id of 1 to {MarketLimits.IdLength} characters", $"{proverId.Length} characters");
        if (run.Order.Excluded.Contains(proverId))
            return Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover no earlier stage has excluded", proverId);
        if (Eligibility.CheckLists(proverId, run.Order.Constraints) is { } excluded) return excluded;
        return run.Participants.GetValueOrDefault(proverId)?.Status switch
        {
            ParticipantStatus.Left or ParticipantStatus.Disqualified or ParticipantStatus.Lapsed or ParticipantStatus.Missed =>
                Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover that has not left this run", proverId),
            ParticipantStatus.Delivered or ParticipantStatus.Released =>
                Refusal.Of(ReasonCode.ProofDelivered, "proverId", "a prover that has something left to prove", proverId),
            null when !TakesNewcomers(run) => Refusal.Of(
                ReasonCode.RunFull, "participants", $"fewer than {MarketLimits.RunParticipants} that have come or gone", $"{run.Participants.Count}"),
            _ => null,
        };
    }

    /// <summary>Whether a run takes up provers that it does not know: fewer than <see cref="MarketLimits.RunParticipants"/> have come or gone.</summary>
    public static bool TakesNewcomers(RunState run) => run.Participants.Count < MarketLimits.RunParticipants;

    /// <summary>Whether the registry has to say that a prover asks itself before the run notes anything of it: it is new, and the run knows <see cref="ManyParticipants"/>.</summary>
    public static bool MustAskItself(RunState run, string proverId) => run.Participants.Count >= ManyParticipants && !run.Participants.ContainsKey(proverId);

    /// <summary>Refuses who names no session, or one that is none: only the run itself takes leases without one. Null when one is named, whosoever it is: the registry knows.</summary>
    public static Refusal? CheckSession(string session) => session.Length is > 0 and <= MarketLimits.IdLength ? null : RegistryRules.SessionUnknown;

    /// <summary>Why a prover finds no place among so many; null when it finds one or has one. Whoever has delivered keeps its place.</summary>
    public static Refusal? CheckPlace(RunState run, string proverId, int places)
    {
        if (run.Participants.GetValueOrDefault(proverId) is { } known && HasPlace(known)) return null;
        var taken = run.Participants.Values.Count(HasPlace);
        return taken >= places ? Refusal.Of(ReasonCode.RunFull, "participants", $"fewer than {places}", $"{taken}") : null;
    }

    /// <summary>True for whoever holds or may hold a lease that it can still deliver on, and for whoever has delivered.</summary>
    public static bool HasPlace(RunParticipant participant) => participant.Status
        is ParticipantStatus.Joining or ParticipantStatus.Proving or ParticipantStatus.Offered or ParticipantStatus.Delivered;

    /// <summary>Notes the wish to take a lease, before the registry is asked. Who is known stays as it is until the registry has answered
    /// (<see cref="Joined"/>, <see cref="JoinRefused"/>): a join in a prover's name proves nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="session">The session that asks; empty when the run asks on its own account.</param>
    /// <param name="terms">The terms of the lease; null for the run's.</param>
    public static RunState Joining(RunState run, string proverId, string session, LeaseTerms? terms = null)
    {
        RequireOpen(run);
        return run.Participants.ContainsKey(proverId)
            ? run
            : With(run, new RunParticipant { ProverId = proverId, Session = session, Status = ParticipantStatus.Joining, Terms = terms });
    }

    /// <summary>Notes that the run wants a lease for a prover on its own account, before the registry is asked; also for one that was refused
    /// before.</summary>
    /// <param name="run">The run.</param>
    /// <param name="proverId">The prover; not known to the run, or refused.</param>
    /// <param name="terms">The terms of the lease; null for the run's.</param>
    /// <param name="answerBy">Until when the lease is asked for while the registry does not know the prover's session.</param>
    public static RunState Calling(RunState run, string proverId, LeaseTerms? terms, DateTimeOffset answerBy)
    {
        if (run.Participants.ContainsKey(proverId)) Require(run, proverId, ParticipantStatus.Refused);
        else RequireOpen(run);
        return With(run, new RunParticipant
        {
            ProverId = proverId, Session = "", Status = ParticipantStatus.Joining, Terms = terms, AnswerBy = answerBy,
        });
    }

    /// <summary>The registry granted the lease to the session, or confirmed that it holds it.</summary>
    public static RunState Joined(RunState run, string proverId, string session, string account, DateTimeOffset now)
    {
        var participant = Require(
            run, proverId, ParticipantStatus.Joining, ParticipantStatus.Refused, ParticipantStatus.Offered, ParticipantStatus.Proving);
        var proving = participant with { Status = ParticipantStatus.Proving, Session = session, Account = account, Reason = ReasonCode.None, AnswerBy = null, AskAt = null };
        if (proving == participant) return run;
        var joined = With(run, proving);
        if (participant.Status == ParticipantStatus.Proving) return joined;
        var noted = NoteOneOfMany(joined, RequestPhase.Assigned, now, ReasonCode.None, proverId);
        return EnterLease(noted, proving, now);
    }

    /// <summary>The registry granted a lease that the run asked for on its own account: it is the prover's to take up by
    /// <paramref name="answerBy"/>, or to decline.</summary>
    public static RunState Offered(RunState run, string proverId, string session, string account, DateTimeOffset answerBy, DateTimeOffset now)
    {
        var participant = Require(run, proverId, ParticipantStatus.Joining);
        var offered = participant with { Status = ParticipantStatus.Offered, Session = session, Account = account, AnswerBy = answerBy, AskAt = null };
        return Enter(With(run, offered), TranscriptKind.Offered, now, proverId);
    }

    /// <summary>Why a prover cannot confirm its lease: only who holds it, in the session that does, and before it lapses. Null when it can, or has. A slot that is kept
    /// for a bid is nothing to confirm: it has no time to answer by, and becomes work by an award only.</summary>
    public static Refusal? CheckConfirmation(RunState run, string proverId, string session, DateTimeOffset now)
    {
        if (CheckOpen(run) is { } closed) return closed;
        return run.Participants.TryGetValue(proverId, out var participant) && participant.Session == session
            && (participant.Status == ParticipantStatus.Proving || (participant.Status == ParticipantStatus.Offered && participant.AnswerBy >= now))
            ? null
            : Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease on this run, in its current session", proverId);
    }

    /// <summary>A prover has told that it knows of the lease it was granted: from now on it answers for it.</summary>
    public static RunState Confirmed(RunState run, string proverId, DateTimeOffset now)
    {
        var participant = Require(run, proverId, ParticipantStatus.Offered, ParticipantStatus.Proving);
        return Joined(run, proverId, participant.Session, participant.Account, now);
    }

    /// <summary>After a crash: nobody can be sure to have been told of a lease reserved for it, so it is reserved and offered again, with the whole time to answer and to
    /// deliver.</summary>
    /// <param name="run">The run.</param>
    /// <param name="answerBy">By when whoever is called now has to answer.</param>
    /// <param name="deliverBy">By when it has to deliver.</param>
    public static RunState NobodyTold(RunState run, DateTimeOffset answerBy, DateTimeOffset deliverBy)
    {
        RequireOpen(run);
        foreach (var called in run.Participants.Values.Where(participant => participant.AnswerBy is not null))
        {
            run = With(run, called with
            {
                Status = ParticipantStatus.Joining, Session = "", AnswerBy = answerBy, AskAt = null, Terms = called.Terms is { } terms ? terms with { Deadline = deliverBy } : null,
            });
        }
        return run;
    }

    /// <summary>Whether a prover that asks for a lease now has none that the registry may have granted already: it is not known, or was refused. To be asked before its wish is
    /// noted (<see cref="Joining"/>). What was refused is not under way: calls in a prover's name, repeated, neither take a place nor keep it out.</summary>
    public static bool IsFirstAttempt(RunState run, string proverId) =>
        run.Participants.GetValueOrDefault(proverId) is null or { Status: ParticipantStatus.Refused };

    /// <summary>The registry refused the lease: the prover takes no place and may try again. It stays known, because a repetition of the
    /// reservation may arrive late and be granted: the lease is released at the end. Only a prover that is not registered leaves no trace. A
    /// prover whose earlier attempt may have been granted, its answer lost, keeps its place while the registry does not know its session.</summary>
    /// <param name="run">The run, with the prover joining.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="refusal">The registry's answer.</param>
    /// <param name="isFirstAttempt">Whether nothing was under way before this attempt (<see cref="IsFirstAttempt"/>).</param>
    public static RunState JoinRefused(RunState run, string proverId, Refusal refusal, bool isFirstAttempt)
    {
        var participant = Require(
            run, proverId, ParticipantStatus.Joining, ParticipantStatus.Refused, ParticipantStatus.Offered, ParticipantStatus.Proving);
        if (participant.Status != ParticipantStatus.Joining) return run;
        return (refusal.Code, isFirstAttempt) switch
        {
            (ReasonCode.ProverUnknown, true) => run with { Participants = run.Participants.Remove(proverId) },
            (ReasonCode.ProverUnknown or ReasonCode.SessionUnknown, false) => run,
            _ => With(run, participant with { Status = ParticipantStatus.Refused, Reason = refusal.Code, AnswerBy = null, AskAt = null }),
        };
    }

    /// <summary>A prover declines: an invitation it does not want, or the lease that <paramref name="session"/> holds. The lease, if any, ends
    /// without penalty. Changes nothing once the run or its time is over, for a prover that is out or has delivered, and for a session that does
    /// not hold the lease: declining never escapes a penalty. Whoever was refused a lease has none to give back: whose name that is proves nothing, so it stays free to
    /// try again. Only who works can say that nobody can prove this (<see cref="ReasonCode.InputRejected"/>).</summary>
    public static RunState Declined(RunState run, string proverId, string session, ReasonCode reason, DateTimeOffset now)
    {
        if (run.Report is not null || now >= run.Order.HardDeadline) return run;
        if (run.Participants.GetValueOrDefault(proverId) is not { } participant) return NoteDeclined(run, proverId, reason, now);
        if (participant.Session != session || now >= TermsOf(run, participant).Deadline) return run;
        if (participant.Status == ParticipantStatus.Refused) return NoteDeclined(run, proverId, reason, now);
        if (!participant.IsIn) return run;
        // Only who works knows the input: who bids has no say about it.
        if (reason == ReasonCode.InputRejected && participant.Status != ParticipantStatus.Proving) reason = ReasonCode.LeaseMissing;
        var left = With(run, participant with { Status = ParticipantStatus.Left, Reason = reason, AnswerBy = null });
        var noted = NoteOneOfMany(left, RequestPhase.Open, now, reason, proverId, "gave its lease back");
        return Enter(noted, TranscriptKind.Returned, now, proverId, reason.ToString());
    }

    /// <summary>Leaving costs a prover that has left a part of its bond; nothing when it is not known to have had a lease, for then there is no bond.</summary>
    public static RunState Penalised(RunState run, string proverId, Credits penalty, DateTimeOffset now)
    {
        var participant = Require(run, proverId, ParticipantStatus.Left);
        return participant.Account.Length == 0 || penalty == Credits.Zero
            ? run
            : Enter(With(run, participant with { Penalty = penalty }), TranscriptKind.Penalised, now, proverId, Micro(penalty));
    }

    /// <summary>A prover has not taken up the lease reserved for it in time: it is out, without a penalty in money.</summary>
    public static RunState Lapsed(RunState run, string proverId, DateTimeOffset now)
    {
        var participant = Require(run, proverId, ParticipantStatus.Joining, ParticipantStatus.Offered);
        var lapsed = With(run, participant with { Status = ParticipantStatus.Lapsed, Reason = ReasonCode.LeaseLapsed, AnswerBy = null });
        var noted = NoteOneOfMany(lapsed, RequestPhase.Open, now, ReasonCode.LeaseLapsed, proverId, "did not answer");
        return Enter(noted, TranscriptKind.Lapsed, now, proverId);
    }

    /// <summary>A prover has delivered nothing by its lease's own deadline: it is out and its bond will be slashed.</summary>
    /// <param name="run">The run.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="now">The time.</param>
    /// <param name="penalty">What is slashed of the bond; null for all of it.</param>
    public static RunState Missed(RunState run, string proverId, DateTimeOffset now, Credits? penalty = null)
    {
        var participant = Require(run, proverId, ParticipantStatus.Proving);
        var missed = With(run, participant with { Status = ParticipantStatus.Missed, Reason = ReasonCode.LeaseMissed, Penalty = penalty });
        var noted = Note(missed, RequestPhase.Open, now, ReasonCode.LeaseMissed, proverId, "missed its deadline");
        return Enter(noted, TranscriptKind.Missed, now, proverId, penalty is { } part ? Micro(part) : "");
    }

    /// <summary>Why a proof cannot be taken from this prover now; null when it can be verified.</summary>
    public static Refusal? CheckSubmission(RunState run, string proverId, string session, Bytes publicInputs, Bytes proof, DateTimeOffset now)
    {
        if (!run.Participants.TryGetValue(proverId, out var participant) || participant.Status != ParticipantStatus.Proving || participant.Session != session)
            return Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease on this run, in its current session", proverId);
        var deadline = TermsOf(run, participant).Deadline;
        if (now > deadline) return Refusal.Of(ReasonCode.ProofLate, "proof", $"delivered by {deadline:O}", $"{now:O}");
        if (CheckOpen(run) is { } closed) return closed;
        if (proof.Length > MarketLimits.ProofBytes)
            return Refusal.Of(ReasonCode.ProofTooLarge, "proof", $"at most {MarketLimits.ProofBytes} bytes", $"{proof.Length} bytes");
        return publicInputs.Length > MarketLimits.PublicInputsBytes
            ? Refusal.Of(ReasonCode.FieldTooLarge, "publicInputs", $"at most {MarketLimits.PublicInputsBytes} bytes", $"{publicInputs.Length} bytes")
            : null;
    }

    /// <summary>Whether a proof that was judged so is its prover's fault, and costs it the lease. One for other public inputs is none: that is what an input gives that
    /// does not belong to its request, so it is refused, the lease stays as it is, and the prover may still deliver, or give it back.</summary>
    public static bool IsFault(ReasonCode verdict) => verdict is ReasonCode.ProofInvalid or ReasonCode.ProofMalformed;

    /// <summary>A proof was judged invalid: the prover is out of this run and its bond will be slashed.</summary>
    public static RunState Disqualified(RunState run, string proverId, ReasonCode reason, string detail, DateTimeOffset now)
    {
        var participant = Require(run, proverId, ParticipantStatus.Proving);
        var without = With(run, participant with { Status = ParticipantStatus.Disqualified, Reason = reason });
        var noted = Note(without, RequestPhase.Verifying, now, reason, proverId, detail);
        return Enter(noted, TranscriptKind.ProofRefused, now, proverId, reason.ToString());
    }

    /// <summary>The terms of a participant's lease.</summary>
    public static LeaseTerms TermsOf(RunState run, RunParticipant participant) =>
        participant.Terms ?? new LeaseTerms { Bond = run.Bond, Deadline = run.Order.HardDeadline };

    /// <summary>Notes something for people.</summary>
    public static RunState Note(
        RunState run, RequestPhase phase, DateTimeOffset now, ReasonCode reason, string? proverId, string detail = "") => run with
        {
            Events = run.Events.Add(new TimelineEntry { At = now, Phase = phase, Reason = reason, ProverId = proverId, Detail = detail }),
        };

    /// <summary>Enters something in the transcript.</summary>
    public static RunState Enter(RunState run, TranscriptKind kind, DateTimeOffset now, string? proverId = null, string value = "")
    {
        RequireOpen(run);
        return run with { Transcript = TranscriptRules.Append(run.Transcript, kind, now, proverId, value) };
    }

    /// <summary>Enters in the transcript that a prover holds a lease on its terms.</summary>
    public static RunState EnterLease(RunState run, RunParticipant holder, DateTimeOffset now) =>
        Enter(run, TranscriptKind.Leased, now, holder.ProverId, $"{Micro(TermsOf(run, holder).Bond)} {holder.Account}");

    /// <summary>Why nothing can be done in a run any more; null while it is open.</summary>
    public static Refusal? CheckOpen(RunState run) => run.Report switch
    {
        null => null,
        { Succeeded: true } => Refusal.Of(ReasonCode.RunWon, "run", "a run that nobody has won", run.Report.Proof?.ProverId ?? "all statements proved"),
        _ => Refusal.Of(ReasonCode.RunClosed, "run", "an open run", run.Report.Reason.ToString()),
    };

    internal static RunParticipant Require(RunState run, string proverId, params ReadOnlySpan<ParticipantStatus> statuses)
    {
        RequireOpen(run);
        var participant = run.Participants.GetValueOrDefault(proverId);
        return participant is not null && statuses.Contains(participant.Status)
            ? participant
            : throw new InvalidOperationException($"The transition does not fit prover {proverId}, {participant?.Status.ToString() ?? "which has not joined"}.");
    }

    internal static void RequireOpen(RunState run)
    {
        if (run.Report is not null) throw new InvalidOperationException($"The transition does not fit a run that has ended: {run.Report.Reason}.");
    }

    internal static RunState With(RunState run, RunParticipant participant) =>
        run with { Participants = run.Participants.SetItem(participant.ProverId, participant) };

    private static RunState NoteDeclined(RunState run, string proverId, ReasonCode reason, DateTimeOffset now) =>
        proverId.Length > MarketLimits.IdLength || run.Events.Any(entry => entry.ProverId == proverId && entry.Detail == Declines)
            ? run
            : NoteOneOfMany(run, RequestPhase.Open, now, reason, proverId, Declines);

    /// <summary>Notes what provers without number may do.</summary>
    private static RunState NoteOneOfMany(RunState run, RequestPhase phase, DateTimeOffset now, ReasonCode reason, string proverId, string detail = "") =>
        run.Events.Length >= MostEvents ? run : Note(run, phase, now, reason, proverId, detail);

    private static string Micro(Credits amount) => amount.Micro.ToString(CultureInfo.InvariantCulture);
}
