using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>Programs for which this worker takes no work for a while, because it would fail at them: its backend has made an invalid proof, or could not use the files. Each try costs a lease, and
/// only the operator can mend it, so the waits grow from a minute to an hour, until a proof is accepted. Thread-safe.</summary>
internal sealed class SuspendedPrograms
{
    private static readonly BackOffOptions Waits = new() { First = TimeSpan.FromMinutes(1), Most = TimeSpan.FromHours(1) };

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Suspension> _suspended = new(StringComparer.Ordinal);

    /// <summary>Called when a program was suspended.</summary>
    public Action Suspended { get; set; } = static () => { };

    /// <summary>Why no work is taken for a program now; null when it is.</summary>
    public Suspension? WhyNot(string programId, DateTimeOffset now)
    {
        lock (_lock) return _suspended.GetValueOrDefault(programId) is { } suspended && suspended.Until > now ? suspended : null;
    }

    /// <summary>Takes no work for a program for a while. Jobs that run side by side fail for the same reason: what happens meanwhile does not make it longer.</summary>
    /// <returns>Until when; null when it is suspended already.</returns>
    public DateTimeOffset? Suspend(string programId, ReasonCode reason, DateTimeOffset now, IRandomness randomness)
    {
        Suspension next;
        lock (_lock)
        {
            var before = _suspended.GetValueOrDefault(programId);
            if (before?.Until > now) return null;
            var inARow = before?.InARow ?? 0;
            _suspended[programId] = next = new Suspension(reason, now + BackOff.Delay(Waits, inARow, randomness), inARow + 1);
        }
        Suspended();
        return next.Until;
    }

    /// <summary>A proof of the program was accepted.</summary>
    public void Accepted(string programId)
    {
        lock (_lock) _suspended.Remove(programId);
    }
}

/// <summary>A program for which no work is taken for a while.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Until">Until when; sooner, if a proof is accepted.</param>
/// <param name="InARow">How often it has been suspended since a proof was accepted.</param>
internal sealed record Suspension(ReasonCode Reason, DateTimeOffset Until, int InARow);
