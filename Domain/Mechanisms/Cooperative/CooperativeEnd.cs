using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>How a committee's run ends.</summary>
public static class CooperativeEnd
{
    /// <summary>Ends a run of which all statements are proved.</summary>
    /// <param name="state">The run.</param>
    /// <param name="proof">The proof of a single statement; null for a batch.</param>
    /// <param name="now">The time.</param>
    internal static CooperativeState Won(CooperativeState state, AcceptedProof? proof, DateTimeOffset now) => End(state, ReasonCode.Won, proof, deadlinePassed: false, now);

    /// <summary>Ends a run of which not all statements are proved: with <see cref="ReasonCode.None"/> because the hard deadline has passed, otherwise for the cause
    /// the request gives. What has been proved is paid. A run that has ended stays as it is, and one whose deadline has not passed needs a cause.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cause is <see cref="ReasonCode.Won"/>.</exception>
    public static CooperativeState Concluded(CooperativeState state, ReasonCode cause, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(cause, ReasonCode.Won);
        var deadlinePassed = cause == ReasonCode.None;
        if (state.Run.Report is not null || (deadlinePassed && now < state.Run.Order.HardDeadline)) return state;
        return End(state, deadlinePassed ? ReasonAtDeadline(state) : cause, null, deadlinePassed, now);
    }

    private static ReasonCode ReasonAtDeadline(CooperativeState state) => state.Proved.IsEmpty ? RunRules.ReasonAtDeadline(state.Run) : ReasonCode.BatchIncomplete;

    private static CooperativeState End(CooperativeState state, ReasonCode reason, AcceptedProof? proof, bool deadlinePassed, DateTimeOffset now)
    {
        var run = state.Run;
        foreach (var member in run.Participants.Values.Where(member => member.Status == ParticipantStatus.Proving))
        {
            // Whoever has delivered something has not been silent, and whoever has not misses its lease, which costs nothing of its bond.
            if (member.Delivery is not null) run = RunRules.With(run, member with { Status = ParticipantStatus.Delivered });
            else if (deadlinePassed) run = RunRules.Missed(run, member.ProverId, now, penalty: Credits.Zero);
        }
        var silent = SilentIn(state.With(run), isWon: reason == ReasonCode.Won);
        if (!silent.IsEmpty) run = RunRules.Enter(run, TranscriptKind.Silent, now, value: string.Join(' ', silent));
        return state.With(RunRules.End(run, now, new RunReport
        {
            Reason = reason,
            EndedAt = now,
            Proof = proof,
            Statements = run.Order.IsBatch ? [.. state.Proved.OrderBy(proved => proved.Statement)] : [],
            Payments = RunRules.PaymentsOf(run),
            Leases = [.. run.Participants.Values.Select(participant => RunRules.EndingOf(run, participant, reason == ReasonCode.Won, deadlinePassed))],
        }));
    }

    /// <summary>Who was silent in a run that has ended, by id: whoever did not answer its call; whoever had a seat at its deadline and had delivered nothing; and, when the
    /// run was won without it, whoever was the first in a seat that has a statement before others do, worked there, and delivered nothing: others did its part.</summary>
    public static ImmutableArray<string> SilentIn(CooperativeState state) => SilentIn(state, state.Run.Report!.Succeeded);

    private static ImmutableArray<string> SilentIn(CooperativeState state, bool isWon) =>
    [
        .. state.Run.Participants.Values
            .Where(member => member.Delivery is null && member.Status switch
            {
                ParticipantStatus.Lapsed or ParticipantStatus.Missed => true,
                ParticipantStatus.Released => isWon && member.Reason == ReasonCode.StatementDelivered && HadFirstStatement(state, member.ProverId),
                _ => false,
            })
            .Select(member => member.ProverId),
    ];

    private static bool HadFirstStatement(CooperativeState state, string proverId) =>
        state.Seats.Any(seat => seat is { IsFirst: true, Members: [var first, ..] } && first == proverId);
}
