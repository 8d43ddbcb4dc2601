using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>Deletes the records of a watch shard's requests when their retention is over. What has ended gathers in the shard's journal, which costs a request
/// nothing it does not write anyway; a full batch moves to a record of its own. Batches are swept in the order in which they were written, each step
/// of which may be cut off and repeated: requests first, then the batch's record, then what the shard knows of it.</summary>
internal sealed partial class RequestSweep(
    Journal<RequestWatchState, WatchEntry> journal, EndedBatches batches, IGrainFactory grains, TimeSpan retention, TimeProvider time, ILogger logger)
{
    /// <summary>Requests in a batch.</summary>
    public const int BatchSize = 256;

    private const int AtOnce = 16;
    private Task? _underWay;

    /// <summary>Whether enough has ended for a batch.</summary>
    public bool IsBatchFull => State.Ended.Count >= BatchSize;

    private RequestWatchState State => journal.State;

    /// <summary>Does what is due; one at a time.</summary>
    public async Task RunAsync()
    {
        if (_underWay is { } other)
        {
            await other;
            return;
        }
        _underWay = StepsAsync();
        try
        {
            await _underWay;
        }
        finally
        {
            _underWay = null;
        }
    }

    private async Task StepsAsync()
    {
        while (IsBatchFull) await FileAsync();
        while (State.FirstBatch < State.NextBatch && await SweepBatchAsync(State.FirstBatch))
        {
        }
        var now = time.GetUtcNow();
        var due = State.Ended.Where(ended => RetentionRules.IsOver(ended.Value, retention, now)).Select(ended => ended.Key).Order(StringComparer.Ordinal).ToImmutableArray();
        if (due.IsEmpty) return;
        var left = await ForgetAsync(due);
        await NoteAsync(new KeptRequests { Moved = due.RemoveRange(left), FirstBatch = State.FirstBatch, NextBatch = State.NextBatch });
    }

    /// <summary>Moves what has ended into a batch: written first, then taken off the journal's list, so that one cut off is written again.</summary>
    private async Task FileAsync()
    {
        var ended = State.Ended.OrderBy(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).Take(BatchSize).ToArray();
        var (ids, number) = (ended.Select(one => one.Key).ToImmutableArray(), State.NextBatch);
        await batches.WriteAsync(number, new EndedBatch { Requests = ids, LastEndedAt = ended[^1].Value });
        await NoteAsync(new KeptRequests { Moved = ids, FirstBatch = State.FirstBatch, NextBatch = number + 1 });
    }

    /// <summary>Deletes the requests of the oldest batch, and the batch. False when it is not due.</summary>
    private async Task<bool> SweepBatchAsync(long number)
    {
        if (await batches.ReadAsync(number) is { } batch)
        {
            if (!RetentionRules.IsOver(batch.LastEndedAt, retention, time.GetUtcNow())) return false;
            // What cannot be deleted just now waits in the journal, so that it holds up none of those that ended later.
            foreach (var id in await ForgetAsync(batch.Requests)) journal.Add(WatchEntry.Closed(id, batch.LastEndedAt));
            await journal.CommitAsync();
            await batches.DeleteAsync(number);
        }
        await NoteAsync(new KeptRequests { Moved = [], FirstBatch = number + 1, NextBatch = State.NextBatch });
        return true;
    }

    /// <summary>Deletes requests; returns those that could not be.</summary>
    private async Task<ImmutableArray<string>> ForgetAsync(ImmutableArray<string> requests)
    {
        var left = ImmutableArray.CreateBuilder<string>();
        foreach (var some in requests.Chunk(AtOnce))
        {
            var gone = await Task.WhenAll(some.Select(TryForgetAsync));
            left.AddRange(some.Where((_, i) => !gone[i]));
        }
        return left.ToImmutable();
    }

    private async Task<bool> TryForgetAsync(string requestId)
    {
        // One that is open has been noted again since, and will end once more.
        if (State.Open.Contains(requestId)) return true;
        try
        {
            return await grains.GetGrain<IProofRequestGrain>(requestId).ForgetAsync();
        }
        catch (Exception e)
        {
            LogNotForgotten(logger, requestId, e);
            return false;
        }
    }

    private Task NoteAsync(KeptRequests kept)
    {
        journal.Add(new WatchEntry { Kept = kept });
        return journal.CommitAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The records of request {RequestId} could not be deleted; the next sweep tries again")]
    private static partial void LogNotForgotten(ILogger logger, string requestId, Exception exception);
}
