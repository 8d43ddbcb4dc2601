namespace ProvingMarket.Storage.Records;

/// <summary>
/// The room of a queue, in items and in bytes. Who comes when there is none waits, and is let in in the order of coming; what is larger than the whole queue has it to itself.
/// </summary>
/// <param name="maxCount">How many items there is room for.</param>
/// <param name="maxBytes">How many bytes there is room for.</param>
internal sealed class QueueRoom(int maxCount, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private int _count;
    private long _bytes;

    /// <summary>Takes the room for an item, once there is some.</summary>
    /// <param name="bytes">How large it is.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>A task.</returns>
    internal ValueTask EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waiters.Count > 0 || !Fits(bytes)) return new ValueTask(WaitAsync(_waiters.AddLast(new Waiter(bytes)), cancellationToken));
            Take(bytes);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Gives the room of items back, and lets in who fits.</summary>
    /// <param name="count">How many items.</param>
    /// <param name="bytes">How large they are together.</param>
    internal void Leave(int count, long bytes)
    {
        lock (_gate)
        {
            _count -= count;
            _bytes -= bytes;
            LetIn();
        }
    }

    private async Task WaitAsync(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Cancel(waiter, cancellationToken), null);
        await waiter.Value.Task;
    }

    private void Cancel(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Let in already.
            if (waiter.List is null) return;
            _waiters.Remove(waiter);

            // It may have kept out smaller ones behind it.
            LetIn();
        }

        waiter.Value.SetCanceled(cancellationToken);
    }

    private void LetIn()
    {
        while (_waiters.First is { } next && Fits(next.Value.Bytes))
        {
            _waiters.RemoveFirst();
            Take(next.Value.Bytes);
            next.Value.SetResult();
        }
    }

    private bool Fits(long bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);

    private void Take(long bytes)
    {
        _count++;
        _bytes += bytes;
    }

    private sealed class Waiter(long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        internal long Bytes => bytes;
    }
}
