using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>Whom a run that chooses its provers itself, by a draw or from a book, can call now.</summary>
public static class CallingRules
{
    /// <summary>So often a run calls a prover whose lease could not be reserved, and then never again.</summary>
    public const int MostRefusals = 16;

    /// <summary>Who of the eligible can be called: whoever the run has called before is not called again, except when its lease could not be
    /// reserved; then after a pause that doubles each time, and <see cref="MostRefusals"/> times at most, for every call stays in the run; and not when that lease has ended already, for it
    /// never will be reserved. Nobody new, when the run knows too many (<see cref="RunRules.TakesNewcomers"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="eligible">Provers that meet the request now.</param>
    /// <param name="now">The time.</param>
    /// <param name="pause">The pause after the first time.</param>
    public static ImmutableArray<string> Callable(RunState run, IEnumerable<string> eligible, DateTimeOffset now, TimeSpan pause)
    {
        var refusals = run.Transcript.Where(entry => entry.Kind == TranscriptKind.NotReserved).ToLookup(entry => entry.ProverId, entry => entry.At, StringComparer.Ordinal);
        return
        [
            .. eligible.Where(prover => run.Participants.GetValueOrDefault(prover) is { } known
                ? known is { Status: ParticipantStatus.Refused, Reason: not ReasonCode.LeaseEnded } && IsDueAgain([.. refusals[prover]])
                : RunRules.TakesNewcomers(run)),
        ];

        bool IsDueAgain(DateTimeOffset[] times) => times.Length == 0 || (times.Length < MostRefusals && now - times[^1] >= pause * (1 << (times.Length - 1)));
    }

    /// <summary>Why those of the eligible are not called whose leases could not be reserved: how many, by the reason of the last time.</summary>
    /// <param name="run">The run.</param>
    /// <param name="eligible">Provers that meet the request now.</param>
    /// <param name="callable">Those of them that can be called (<see cref="Callable"/>).</param>
    public static ImmutableSortedDictionary<ReasonCode, int> NotCalled(RunState run, IEnumerable<string> eligible, ImmutableArray<string> callable) => eligible
        .Except(callable, StringComparer.Ordinal)
        .Select(prover => run.Participants.GetValueOrDefault(prover))
        .Where(known => known is { Status: ParticipantStatus.Refused })
        .CountBy(known => known!.Reason)
        .ToImmutableSortedDictionary();
}
