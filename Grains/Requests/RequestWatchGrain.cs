using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>Wakes open requests after a crash: the silo calls it at start; the reminder covers a shard whose silo died in a cluster. And sweeps away those
/// that ended long ago, with the same reminder.</summary>
[Reentrant]
internal sealed partial class RequestWatchGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage,
    IOptions<MarketOptions> options,
    TimeProvider time,
    ILogger<RequestWatchGrain> logger) : Grain, IRequestWatchGrain, IRemindable
{
    private const string ReminderName = "resume";
    private const int AtOnce = 64;
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WriteEndsWithin = TimeSpan.FromSeconds(1);

    // The last question to each request that has not been answered yet; of one that was opened since there is none.
    private readonly Dictionary<string, long> _asked = new(StringComparer.Ordinal);
    private long _lastQuestion;
    private Journal<RequestWatchState, WatchEntry> _journal = null!;
    private RequestSweep _sweep = null!;
    private IGrainReminder? _reminder;
    private LateWrite _writeEnds = null!;
    private Task<int> _resuming = Task.FromResult(0);

    /// <summary>Whether requests that have ended are still kept.</summary>
    private bool HasKept => !_journal.State.Ended.IsEmpty || _journal.State.FirstBatch < _journal.State.NextBatch;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_journal, _) = await Journal<RequestWatchState, WatchEntry>.OpenAsync<RequestWatchHead, RequestWatchPage>(
            storage, this.GetGrainId(), RequestWatchJournal.Shape, DeactivateOnIdle);
        // Should it fail, the journal ends this activation; the next one asks those of which it does not know that they have ended.
        _writeEnds = new LateWrite(this, WriteEndsWithin, _journal.CommitAsync, e => LogEndsNotWritten(logger, this.GetPrimaryKeyLong(), e));
        _sweep = new RequestSweep(_journal, new EndedBatches(storage, this.GetGrainId()), GrainFactory, options.Value.RequestRetention, time, logger);
        _reminder = await this.GetReminder(ReminderName, cancellationToken);
    }

    public async Task AddAsync(string requestId)
    {
        _asked.Remove(requestId);
        await RemindAsync();
        if (!_journal.State.Open.Contains(requestId)) _journal.Add(WatchEntry.Opened(requestId));
        await _journal.CommitAsync();
    }

    public Task RemoveAsync(string requestId, DateTimeOffset? endedAt)
    {
        _asked.Remove(requestId);
        if (endedAt is not null && _journal.State.Open.Contains(requestId))
        {
            _journal.Add(WatchEntry.Closed(requestId, endedAt));
            // With the next write, which is soon where there are many, and else after a moment.
            _writeEnds.Soon();
        }
        if (_sweep.IsBatchFull) _ = TrySweepAsync();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _writeEnds.NowAsync();

    // Waking takes as long as the slowest request: who asks meanwhile waits for the same.
    public Task<int> ResumeAsync() => _resuming.IsCompleted ? _resuming = WakeAllAsync() : _resuming;

    public Task<ImmutableArray<string>> ListAsync() =>
        Task.FromResult(_journal.State.Open.Order(StringComparer.Ordinal).ToImmutableArray());

    public Task SweepAsync() => _sweep.RunAsync();

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // Not waited for: it takes as long as there is something to delete.
        if (HasKept) _ = TrySweepAsync();
        return ResumeAsync();
    }

    private async Task RemindAsync() => _reminder ??= await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);

    private async Task TrySweepAsync()
    {
        try
        {
            await _sweep.RunAsync();
        }
        catch (Exception e)
        {
            LogNotSwept(logger, this.GetPrimaryKeyLong(), e);
        }
    }

    private async Task<int> WakeAllAsync()
    {
        var open = _journal.State.Open;
        // In an order that does not depend on the process, as a hash set's does: the same run is the same again.
        foreach (var batch in open.Order(StringComparer.Ordinal).Chunk(AtOnce))
            await Task.WhenAll(batch.Select(WakeAsync));
        // State that was moved here from another storage has brought no reminder along.
        if (open.Count > 0 || HasKept) await RemindAsync();
        return open.Count;
    }

    /// <summary>Wakes a request, and forgets it when there is none: unless it was opened since the question set out, which its answer knows nothing of.</summary>
    private async Task WakeAsync(string requestId)
    {
        var question = ++_lastQuestion;
        _asked[requestId] = question;
        try
        {
            var isThere = await GrainFactory.GetGrain<IProofRequestGrain>(requestId).WakeAsync();
            if (_asked.GetValueOrDefault(requestId) != question) return;
            _asked.Remove(requestId);
            if (isThere || !_journal.State.Open.Contains(requestId)) return;
            _journal.Add(WatchEntry.Closed(requestId, endedAt: null));
            await _journal.CommitAsync();
        }
        catch (Exception e)
        {
            // One request that cannot be activated must not keep the others asleep; the next reminder tries again.
            LogNotWoken(logger, requestId, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Open request {RequestId} could not be woken")]
    private static partial void LogNotWoken(ILogger logger, string requestId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watch shard {Shard} could not write which requests have ended; it asks them again with the next reminder")]
    private static partial void LogEndsNotWritten(ILogger logger, long shard, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watch shard {Shard} could not delete requests that ended long ago; the next reminder tries again")]
    private static partial void LogNotSwept(ILogger logger, long shard, Exception exception);
}
