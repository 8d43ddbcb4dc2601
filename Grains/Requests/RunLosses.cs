using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Requests;

/// <summary>How long a request waits before it starts a run again that has forgotten that it was started: not at all the first time, then 1, 2, 4, … seconds, at most 30, each up to a fourth
/// longer or shorter, so that requests whose runs are lost for the same cause do not all come back at once. By how much follows from the run and the number of the loss alone. Once a run has
/// lasted for a minute, its next loss is the first again. In memory only.</summary>
internal sealed class RunLosses
{
    private const int MostDoublings = 5;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    private string _runKey = "";
    private int _before;
    private DateTimeOffset _startedAt;

    /// <summary>When the run that was lost is started again; null while none is lost.</summary>
    public DateTimeOffset? StartAgainAt { get; private set; }

    /// <summary>A run was started.</summary>
    public void Started(DateTimeOffset now) => _startedAt = now;

    /// <summary>The run is there: it was started, or had not been lost after all.</summary>
    public void Found() => StartAgainAt = null;

    /// <summary>The run was found to be lost.</summary>
    /// <returns>When to start it again, however often it is found lost before.</returns>
    public DateTimeOffset Lost(string runKey, DateTimeOffset now)
    {
        if (StartAgainAt is { } known) return known;
        if (now - _startedAt >= Lasting || _runKey != runKey) _before = 0;
        _runKey = runKey;
        var again = now + PauseOf(runKey, _before++);
        StartAgainAt = again;
        return again;
    }

    private static TimeSpan PauseOf(string runKey, int before)
    {
        if (before == 0) return TimeSpan.Zero;
        var pause = First * Math.Pow(2, Math.Min(before - 1, MostDoublings));
        var share = IdHash.Of($"{runKey} {before}") % 1000 / 1000.0;
        return (pause < Longest ? pause : Longest) * (0.75 + (share / 2));
    }
}
