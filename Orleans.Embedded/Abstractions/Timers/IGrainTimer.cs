using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of an activation. Dispose it to stop it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Gives the timer another schedule, from now or, within its callback, from the callback's end.</summary>
    /// <param name="dueTime">The time until the next tick; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="period">The time between the end of one callback and the next tick; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>When and how a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>Initializes options for a timer that neither interleaves nor keeps its activation alive.</summary>
    /// <param name="dueTime">The time until the first tick.</param>
    /// <param name="period">The time between the end of one callback and the next tick.</param>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Gets the time until the first tick; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Gets the time between the end of one callback and the next tick; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Gets a value indicating whether callbacks may interleave with requests at their awaits.</summary>
    public bool Interleave { get; init; }

    /// <summary>Gets a value indicating whether ticks count as activity and so keep the activation from being collected.</summary>
    public bool KeepAlive { get; init; }
}
