using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>A time within which grain code must end. Costs nothing but a token when the code ends at once.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _source = new();
    private ITimer? _timer;

    /// <summary>Initializes a limit; its time starts with the first wait.</summary>
    /// <param name="limit">The time.</param>
    /// <param name="clock">The clock.</param>
    internal TimeLimit(TimeSpan limit, TimeProvider clock)
    {
        _limit = limit;
        _clock = clock;
    }

    /// <summary>Gets a token that is cancelled when the time is over.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Waits for a task, but no longer than the limit.</summary>
    /// <param name="task">The task.</param>
    /// <param name="what">What the grain is doing, for the exception.</param>
    /// <returns>A task that ends with it.</returns>
    /// <exception cref="TimeoutException">The time is over.</exception>
    internal Task WaitFor(Task task, string what)
    {
        if (task.IsCompleted) return task;

        if (_timer is null)
        {
            _timer = _clock.CreateStoppedTimer(static source => ((CancellationTokenSource)source!).Cancel(), _source);
            _timer.Change(_limit, Timeout.InfiniteTimeSpan);
        }

        return WaitAsync(task, what);
    }

    /// <inheritdoc/>
    // The source holds nothing but its token; a timer that is due at this moment may still cancel it.
    public void Dispose() => _timer?.Dispose();

    private async Task WaitAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(_source.Token);
        }
        catch (OperationCanceledException cancelled) when (_source.IsCancellationRequested)
        {
            throw new TimeoutException($"The grain did not {what} within {_limit}.", cancelled);
        }
    }
}
