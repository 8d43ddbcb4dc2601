namespace Orleans.Runtime.Scheduling;

/// <summary>
/// Runs the engine's work. Every turn of every activation, observer and background service of a host goes through the one scheduler of
/// that host. The default hands work to the thread pool; a simulation runs it on one thread in an order it chooses.
/// </summary>
internal interface IWorkScheduler
{
    /// <summary>Gets how many turns an activation may run before it goes to the end of the queue. One lets a simulation stop between any two turns.</summary>
    int TurnsPerItem => 32;

    /// <summary>Runs an item soon, on some thread, and not within this call. Items are started fairly: none waits for ever.</summary>
    /// <param name="item">The item. The same item is not scheduled again before it has started.</param>
    void Schedule(IThreadPoolWorkItem item);
}

/// <summary>Runs work on the thread pool, first come first served.</summary>
internal sealed class ThreadPoolWorkScheduler : IWorkScheduler
{
    /// <inheritdoc/>
    // Never on the thread's local queue: it is last in, first out, and two grains that call each other would keep everybody else waiting.
    public void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
