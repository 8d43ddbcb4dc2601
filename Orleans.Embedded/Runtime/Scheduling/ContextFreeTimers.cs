namespace Orleans.Runtime.Scheduling;

/// <summary>Timers of the engine: they do not carry the ambient values of whoever happens to create them.</summary>
internal static class ContextFreeTimers
{
    /// <summary>The longest time that timers of the system can be set to.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(0xfffffffe);

    /// <summary>Creates a timer that is not running.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="callback">Called when the timer is due.</param>
    /// <param name="state">Passed to the callback.</param>
    /// <returns>The timer.</returns>
    internal static ITimer CreateStoppedTimer(this TimeProvider clock, TimerCallback callback, object state)
    {
        var isSuppressed = ExecutionContext.IsFlowSuppressed();
        if (!isSuppressed) ExecutionContext.SuppressFlow();
        try
        {
            return clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            if (!isSuppressed) ExecutionContext.RestoreFlow();
        }
    }
}
