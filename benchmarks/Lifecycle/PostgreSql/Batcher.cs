using System.Threading.Channels;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>Gathers what comes while one batch is under way, and then takes all of it as the next.</summary>
internal sealed class Batcher<TItem, TResult>
{
    private const int Most = 256;

    private readonly Channel<(TItem Item, TaskCompletionSource<TResult> Done)> _waiting =
        Channel.CreateUnbounded<(TItem, TaskCompletionSource<TResult>)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Func<TItem[], Task<TResult[]>> _flush;
    private readonly Task _loop;

    /// <summary>Starts gathering.</summary>
    /// <param name="flush">Takes a batch; the results are in the order of the items.</param>
    public Batcher(Func<TItem[], Task<TResult[]>> flush)
    {
        _flush = flush;
        _loop = Task.Run(LoopAsync);
    }

    public Task<TResult> AddAsync(TItem item)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Writer.TryWrite((item, done)) ? done.Task : throw new ObjectDisposedException(nameof(Batcher<,>));
    }

    /// <summary>Takes nothing more, and ends when all is done.</summary>
    public Task CompleteAsync()
    {
        _waiting.Writer.TryComplete();
        return _loop;
    }

    private async Task LoopAsync()
    {
        var batch = new List<(TItem Item, TaskCompletionSource<TResult> Done)>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < Most && _waiting.Reader.TryRead(out var next)) batch.Add(next);
            try
            {
                var results = await _flush([.. batch.Select(one => one.Item)]);
                for (var i = 0; i < batch.Count; i++) batch[i].Done.SetResult(results[i]);
            }
            catch (Exception exception)
            {
                foreach (var one in batch) one.Done.TrySetException(exception);
            }
        }
    }
}
