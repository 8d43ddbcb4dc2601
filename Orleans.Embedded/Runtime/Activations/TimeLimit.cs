using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>A time within which grain code must end. Costs nothing but a token when the code ends at once.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly Activation _activation;
    private readonly CancellationTokenSource _source = new();
    private TaskCompletionSource? _over;
    private ITimer? _timer;

    /// <summary>Initializes a limit; its time starts with the first wait.</summary>
    /// <param name="limit">The time.</param>
    /// <param name="activation">Whose code must end.</param>
    internal TimeLimit(TimeSpan limit, Activation activation)
    {
        _limit = limit;
        _activation = activation;
    }

    /// <summary>Gets a token that is cancelled, as a turn of the activation, when the time is over.</summary>
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
            _over = new TaskCompletionSource();
            _timer = _activation.Silo.Clock.CreateStoppedTimer(static limit => ((TimeLimit)limit!).OnOver(), this);
            _timer.Change(_limit, Timeout.InfiniteTimeSpan);
        }

        return WaitAsync(task, what);
    }

    /// <inheritdoc/>
    // The source holds nothing but its token; a timer that is due at this moment may still cancel it.
    public void Dispose() => _timer?.Dispose();

    // The code hears of it first, then whoever waits for it. What a registered callback throws ends up in a task that nobody awaits; on the timer's thread it would end the process.
    private void OnOver() => _ = _activation.RunAsync(() =>
    {
        try
        {
            _source.Cancel();
        }
        finally
        {
            _over!.TrySetCanceled();
        }

        return Task.CompletedTask;
    });

    private async Task WaitAsync(Task task, string what)
    {
        try
        {
            await await Task.WhenAny(task, _over!.Task);
        }
        catch (OperationCanceledException cancelled) when (_source.IsCancellationRequested)
        {
            throw new TimeoutException($"The grain did not {what} within {_limit}.", cancelled);
        }
    }
}
