using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>
/// Ends activations that nothing uses. Time is counted in quanta: an activation only notes in which quantum it was last used, so using one costs
/// nothing. Collection is never early and at most two quanta late.
/// </summary>
/// <param name="silo">The silo.</param>
internal sealed class IdleCollector(Silo silo) : IDisposable
{
    private const int TargetsPerTurn = 1000;

    private readonly ServiceTurns _turns = new(silo.Scheduler);
    private ITimer? _timer;
    private volatile int _now;

    /// <summary>Gets the number of quanta since the silo started.</summary>
    internal int Now => _now;

    /// <summary>Starts to collect.</summary>
    internal void Start()
    {
        var quantum = silo.CollectionOptions.CollectionQuantum;
        _timer = silo.Clock.CreateStoppedTimer(static state => ((IdleCollector)state!).OnQuantum(), this);
        _timer.Change(quantum, quantum);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void OnQuantum()
    {
        // Counted here, not in the turn: the length of a quantum must not depend on when the turn runs.
        _now++;
        _ = _turns.RunAsync(CollectAsync);
    }

    private async Task CollectAsync()
    {
        var now = _now;
        var looked = 0;
        foreach (var target in silo.Targets())
        {
            if (++looked % TargetsPerTurn == 0) await Task.Yield();
            foreach (var activation in target.Activations())
            {
                var age = silo.CollectionAgeOf(activation.Class);
                if (age == Timeout.InfiniteTimeSpan) continue;

                // Last used at some time in its quantum: full quanta since are one fewer than the difference.
                var quanta = (long)Math.Ceiling(age / silo.CollectionOptions.CollectionQuantum);
                if (now - 1 - quanta >= 0) activation.DeactivateIfIdleSince((int)(now - 1 - quanta));
            }
        }
    }
}
