namespace Orleans.Runtime.Activations;

/// <summary>A time within which grain code must end. Costs nothing but a token when the code ends at once.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _source;
    private bool _isRunning;

    /// <summary>Initializes a limit; its time starts with the first wait.</summary>
    /// <param name="limit">The time.</param>
    /// <param name="clock">The clock.</param>
    internal TimeLimit(TimeSpan limit, TimeProvider clock)
    {
        _limit = limit;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
    }

    /// <summary>Gets a token that is cancelled when the time is over.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Waits for a task, but no longer than the limit.</summary>
    /// <param name="task">The task.</param>
    /// <param name="what">What the grain is doing, for the exception.</param>
    /// <returns>A task that ends with it.</returns>
    /// <exception cref="TimeoutException">The time is over.</exception>
    internal async Task WaitFor(Task task, string what)
    {
        if (!_isRunning && !task.IsCompleted)
        {
            _isRunning = true;
            _source.CancelAfter(_limit);
        }

        try
        {
            await task.WaitAsync(_source.Token);
        }
        catch (OperationCanceledException cancelled) when (_source.IsCancellationRequested)
        {
            throw new TimeoutException($"The grain did not {what} within {_limit}.", cancelled);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
