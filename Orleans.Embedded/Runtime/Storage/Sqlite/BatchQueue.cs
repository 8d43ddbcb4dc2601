using System.Diagnostics;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>A bounded queue from which one or more dedicated threads take everything that has gathered.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <param name="room">How much may wait; further callers wait until there is room.</param>
/// <param name="sizeOf">How many bytes an item has; null when they are bounded by their number alone.</param>
/// <param name="onAdded">Called when an item has its place in the queue, one at a time and in that order; null for nothing.</param>
internal sealed class BatchQueue<T>(QueueRoom room, Func<T, int>? sizeOf = null, Action<T>? onAdded = null)
{
    // Monitor, because the threads wait for it to be pulsed.
    private readonly object _gate = new();
    private readonly Queue<T> _items = new();
    private bool _closed;

    /// <summary>Gets how many items wait to be taken.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _items.Count;
        }
    }

    /// <summary>Adds an item, once there is room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Cancels the waiting for room.</param>
    /// <returns>Whether it was added: not once the queue is closed.</returns>
    internal ValueTask<bool> EnqueueAsync(T item, CancellationToken cancellationToken)
    {
        var entered = room.EnterAsync(SizeOf(item), cancellationToken);
        return entered.IsCompletedSuccessfully ? ValueTask.FromResult(Add(item)) : WaitAndAddAsync(entered, item);
    }

    /// <summary>Moves what has gathered into a batch; waits until there is something.</summary>
    /// <param name="batch">Receives the items; empty before.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="maxBytes">How many bytes at most, unless it is a single item.</param>
    /// <returns>Whether there may be more: false once the queue is closed and empty.</returns>
    internal bool WaitAndTake(List<T> batch, int max, long maxBytes = long.MaxValue)
    {
        long bytes;
        lock (_gate)
        {
            while (_items.Count == 0 && !_closed) Monitor.Wait(_gate);
            bytes = Move(batch, max, maxBytes);
        }

        return Taken(batch, bytes);
    }

    /// <summary>Moves what has gathered into a batch, without waiting.</summary>
    /// <param name="batch">Receives the items; empty before.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="maxBytes">How many bytes at most, unless it is a single item.</param>
    /// <returns>Whether there was anything.</returns>
    internal bool TryTake(List<T> batch, int max, long maxBytes = long.MaxValue)
    {
        long bytes;
        lock (_gate) bytes = Move(batch, max, maxBytes);
        return Taken(batch, bytes);
    }

    /// <summary>Takes what fulfils a condition; the rest keeps its order.</summary>
    /// <param name="batch">Receives the items; empty before.</param>
    /// <param name="condition">The condition.</param>
    internal void TakeWhere(List<T> batch, Func<T, bool> condition)
    {
        lock (_gate)
        {
            for (var left = _items.Count; left > 0; left--)
            {
                var item = _items.Dequeue();
                if (condition(item)) batch.Add(item);
                else _items.Enqueue(item);
            }
        }

        if (batch.Count > 0) room.Leave(batch.Count, batch.Sum(item => (long)SizeOf(item)));
    }

    /// <summary>Waits until the queue is closed.</summary>
    /// <param name="atMost">How long at most.</param>
    /// <returns>Whether it is.</returns>
    internal bool WaitUntilClosed(TimeSpan atMost)
    {
        var began = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!_closed && atMost - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } left) Monitor.Wait(_gate, left);
            return _closed;
        }
    }

    /// <summary>Lets others run for a moment, in case they add items.</summary>
    /// <param name="expected">After how many more items there is nothing to wait for.</param>
    /// <param name="atMost">How long to wait for them.</param>
    internal void LetGather(int expected, TimeSpan atMost)
    {
        var enough = Count + expected;
        var began = Stopwatch.GetTimestamp();
        while (Count < enough && Stopwatch.GetElapsedTime(began) < atMost) Thread.Yield();
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

    private int SizeOf(T item) => sizeOf?.Invoke(item) ?? 0;

    private async ValueTask<bool> WaitAndAddAsync(ValueTask entered, T item)
    {
        await entered;
        return Add(item);
    }

    private bool Add(T item)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _items.Enqueue(item);
                onAdded?.Invoke(item);
                if (_items.Count == 1) Monitor.Pulse(_gate);
                return true;
            }
        }

        room.Leave(1, SizeOf(item));
        return false;
    }

    private long Move(List<T> batch, int max, long maxBytes)
    {
        var bytes = 0L;
        while (batch.Count < max && _items.TryPeek(out var item) && (batch.Count == 0 || bytes + SizeOf(item) <= maxBytes))
        {
            batch.Add(_items.Dequeue());
            bytes += SizeOf(item);
        }

        return bytes;
    }

    private bool Taken(List<T> batch, long bytes)
    {
        if (batch.Count > 0) room.Leave(batch.Count, bytes);
        return batch.Count > 0;
    }
}
