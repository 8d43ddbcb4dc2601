namespace Orleans.Runtime.Scheduling;

/// <summary>
/// Runs tasks one at a time, in order, as work of an <see cref="IWorkScheduler"/>: what awaits on it resumes on it. After a quantum of turns
/// it goes to the end of the scheduler's queue, so that a busy one does not keep others waiting.
/// </summary>
internal abstract class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static TurnScheduler? t_current;

    private readonly IWorkScheduler _scheduler;
    private readonly int _quantum;
    private readonly Queue<Task> _tasks = new(0);
    private bool _isScheduled;
    private int _turnsLeft;
    private TurnRequest? _request;

    private protected TurnScheduler(IWorkScheduler scheduler)
    {
        _scheduler = scheduler;
        _quantum = scheduler.TurnsPerItem;
    }

    /// <inheritdoc/>
    public sealed override int MaximumConcurrencyLevel => 1;

    /// <summary>Gets the lock that guards queues and state.</summary>
    private protected Lock Gate { get; } = new();

    /// <summary>Gets what grain code finds as its activation while this runs, or null.</summary>
    private protected virtual IActivation? Context => null;

    /// <summary>Gets a value indicating whether there are requests to run. Under <see cref="Gate"/>.</summary>
    private protected virtual bool HasRequests => false;

    /// <summary>Takes the first request to run. Under <see cref="Gate"/>.</summary>
    /// <returns>The request, or null.</returns>
    private protected virtual TurnRequest? TakeRequest() => null;

    /// <summary>Gets a value indicating whether the host is gone: nothing runs any more.</summary>
    private protected virtual bool IsHalted => false;

    /// <summary>Runs turns until the quantum is used up or nothing is left.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var outer = t_current;
        var previous = RuntimeContext.Exchange(Context);
        t_current = this;
        try
        {
            _turnsLeft = _quantum;
            var requestsNext = false;
            while (_turnsLeft > 0 && !IsHalted)
            {
                Task? task = null;
                lock (Gate)
                {
                    // Continuations and new requests take turns, so that neither keeps the other waiting.
                    _request = requestsNext ? TakeRequest() : null;
                    if (_request is null && !_tasks.TryDequeue(out task)) _request = TakeRequest();
                    requestsNext = _request is null;
                    if (_request is null && task is null)
                    {
                        _isScheduled = false;
                        return;
                    }
                }

                // Grain code runs within a task, so that TaskScheduler.Current is this; one task serves many requests.
                if (task is null)
                {
                    new Task(static self => ((TurnScheduler)self!).RunRequests(), this, CancellationToken.None, TaskCreationOptions.DenyChildAttach).RunSynchronously(this);
                }
                else
                {
                    TryExecuteTask(task);
                    _turnsLeft--;
                }
            }
        }
        finally
        {
            t_current = outer;
            RuntimeContext.Exchange(previous);
        }

        if (IsHalted) return;

        lock (Gate)
        {
            // Often the quantum ends with the last turn there is.
            _isScheduled = _tasks.Count > 0 || HasRequests;
            if (!_isScheduled) return;
        }

        _scheduler.Schedule(this);
    }

    /// <summary>Runs a request, and those after it for which <see cref="UseTurn"/> allows another turn.</summary>
    /// <param name="first">The request.</param>
    private protected virtual void RunRequests(TurnRequest first)
    {
    }

    private void RunRequests()
    {
        var first = _request!;
        _request = null;
        RunRequests(first);
    }

    /// <summary>Counts a turn. Under <see cref="Gate"/>.</summary>
    /// <returns>Whether there may be another request within this quantum.</returns>
    private protected bool UseTurn() => --_turnsLeft > 0 && _tasks.Count == 0;

    /// <summary>Says that there is something to run. Under <see cref="Gate"/>; when it returns true, call <see cref="Schedule"/> outside of it.</summary>
    /// <returns>Whether this must be scheduled.</returns>
    private protected bool MustSchedule()
    {
        if (_isScheduled) return false;

        _isScheduled = true;
        return true;
    }

    /// <summary>Hands this to the scheduler.</summary>
    private protected void Schedule() => _scheduler.Schedule(this);

    /// <summary>Starts an asynchronous operation on this scheduler.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>A task that ends with it.</returns>
    internal Task RunAsync(Func<Task> operation)
    {
        // The operation does not inherit the ambient values of whoever starts it.
        var isSuppressed = ExecutionContext.IsFlowSuppressed();
        if (!isSuppressed) ExecutionContext.SuppressFlow();
        try
        {
            return Task.Factory.StartNew(operation, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
        }
        finally
        {
            if (!isSuppressed) ExecutionContext.RestoreFlow();
        }
    }

    /// <inheritdoc/>
    protected sealed override void QueueTask(Task task)
    {
        bool schedule;
        lock (Gate)
        {
            _tasks.Enqueue(task);
            schedule = MustSchedule();
        }

        if (schedule) _scheduler.Schedule(this);
    }

    /// <inheritdoc/>
    protected sealed override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(t_current, this) && TryExecuteTask(task);

    /// <inheritdoc/>
    protected sealed override IEnumerable<Task> GetScheduledTasks()
    {
        lock (Gate) return [.. _tasks];
    }
}

/// <summary>Turns of the engine's own background work.</summary>
/// <param name="scheduler">The host's scheduler.</param>
internal sealed class ServiceTurns(IWorkScheduler scheduler) : TurnScheduler(scheduler);
