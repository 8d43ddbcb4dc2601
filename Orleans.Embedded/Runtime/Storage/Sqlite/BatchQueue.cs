using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Storage.Sqlite;

/// <summary>A bounded queue from which one or more dedicated threads take everything that has gathered.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="capacity">How many items may wait; further callers wait until there is room.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "Its wait handle is never asked for, so the semaphore has nothing to release; callers may still come after the end.")]
internal sealed class BatchQueue<T>(int capacity)
{
    // Monitor, because the threads wait for it to be pulsed.
    private readonly object _gate = new();
    private readonly Queue<T> _items = new();
    private readonly SemaphoreSlim _room = new(capacity);
    private bool _closed;

    /// <summary>Adds an item, once there is room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Cancels the waiting for room.</param>
    /// <returns>Whether it was added: not once the queue is closed.</returns>
    internal ValueTask<bool> EnqueueAsync(T item, CancellationToken cancellationToken) =>
        _room.Wait(0, CancellationToken.None) ? ValueTask.FromResult(Add(item)) : WaitAndAddAsync(item, cancellationToken);

    /// <summary>Moves what has gathered into a batch; waits until there is something.</summary>
    /// <param name="batch">Receives the items; empty before.</param>
    /// <param name="max">How many at most.</param>
    /// <returns>Whether there may be more: false once the queue is closed and empty.</returns>
    internal bool WaitAndTake(List<T> batch, int max)
    {
        lock (_gate)
        {
            while (_items.Count == 0 && !_closed) Monitor.Wait(_gate);
            Move(batch, max);
        }

        return Taken(batch);
    }

    /// <summary>Moves what has gathered into a batch, without waiting.</summary>
    /// <param name="batch">Receives the items; empty before.</param>
    /// <param name="max">How many at most.</param>
    /// <returns>Whether there was anything.</returns>
    internal bool TryTake(List<T> batch, int max)
    {
        lock (_gate) Move(batch, max);
        return Taken(batch);
    }

    /// <summary>Lets others run for a moment, in case they add items.</summary>
    /// <param name="expected">After how many more items there is nothing to wait for.</param>
    /// <param name="atMost">How long to wait for them.</param>
    internal void LetGather(int expected, TimeSpan atMost)
    {
        var enough = Count() + expected;
        var began = Stopwatch.GetTimestamp();
        while (Count() < enough && Stopwatch.GetElapsedTime(began) < atMost) Thread.Yield();
    }

    /// <summary>Accepts no more items. Those in the queue are still taken.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private int Count()
    {
        lock (_gate) return _items.Count;
    }

    private async ValueTask<bool> WaitAndAddAsync(T item, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        return Add(item);
    }

    private bool Add(T item)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _items.Enqueue(item);
                if (_items.Count == 1) Monitor.Pulse(_gate);
                return true;
            }
        }

        _room.Release();
        return false;
    }

    private void Move(List<T> batch, int max)
    {
        while (batch.Count < max && _items.TryDequeue(out var item)) batch.Add(item);
    }

    private bool Taken(List<T> batch)
    {
        if (batch.Count > 0) _room.Release(batch.Count);
        return batch.Count > 0;
    }
}
