using System.Threading.Channels;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql.Writing;

/// <summary>
/// The changes that wait for a writer. A batch has each record at most once: the next change of a record that is in it stays for a later batch,
/// and so do all after that one, so that the changes of a record keep their order.
/// </summary>
/// <param name="room">How much may wait; further callers wait until there is room.</param>
/// <param name="maxCount">How many changes a batch has at most.</param>
/// <param name="maxBytes">How many bytes of content a batch has at most, unless it is a single change.</param>
internal sealed class ChangeQueue(QueueRoom room, int maxCount, int maxBytes)
{
    private readonly Channel<PendingWrite> _waiting = Channel.CreateUnbounded<PendingWrite>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<RecordKey> _records = [];
    private Queue<PendingWrite> _deferred = new();
    private Queue<PendingWrite> _deferredAgain = new();

    /// <summary>Adds a change, once there is room.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting for room.</param>
    /// <returns>Whether it was added: not once the queue is closed.</returns>
    internal ValueTask<bool> EnqueueAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var entered = room.EnterAsync(write.Size, cancellationToken);
        return entered.IsCompletedSuccessfully ? ValueTask.FromResult(Add(write)) : WaitAndAddAsync(entered, write);
    }

    /// <summary>Fills a batch with what has gathered; waits until there is something.</summary>
    /// <param name="batch">Receives the changes; empty before.</param>
    /// <returns>Whether there is any: false once the queue is closed and empty.</returns>
    internal async ValueTask<bool> TakeAsync(List<PendingWrite> batch)
    {
        if (_deferred.Count == 0 && !await _waiting.Reader.WaitToReadAsync()) return false;

        _records.Clear();
        var bytes = 0L;
        while (_deferred.TryDequeue(out var write)) Place(write, batch, ref bytes);

        // What is set aside is bounded, too: a record that everybody writes does not drain the queue.
        while (HasRoom(batch, bytes) && _deferredAgain.Count < maxCount && _waiting.Reader.TryRead(out var write)) Place(write, batch, ref bytes);
        (_deferred, _deferredAgain) = (_deferredAgain, _deferred);
        room.Leave(batch.Count, bytes);
        return true;
    }

    /// <summary>Accepts no more changes. Those in the queue are still taken.</summary>
    internal void Close() => _waiting.Writer.TryComplete();

    private bool HasRoom(List<PendingWrite> batch, long bytes) => batch.Count < maxCount && bytes < maxBytes;

    private void Place(PendingWrite write, List<PendingWrite> batch, ref long bytes)
    {
        var fits = batch.Count == 0 || (HasRoom(batch, bytes) && bytes + write.Size <= maxBytes);
        if (_records.Add(write.Key) && fits)
        {
            batch.Add(write);
            bytes += write.Size;
        }
        else
        {
            _deferredAgain.Enqueue(write);
        }
    }

    private async ValueTask<bool> WaitAndAddAsync(ValueTask entered, PendingWrite write)
    {
        await entered;
        return Add(write);
    }

    private bool Add(PendingWrite write)
    {
        if (_waiting.Writer.TryWrite(write)) return true;
        room.Leave(1, write.Size);
        return false;
    }
}
