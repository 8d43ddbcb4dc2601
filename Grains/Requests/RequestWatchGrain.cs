using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>Wakes open requests after a crash. The silo calls it at start; the reminder covers a shard whose silo died in a cluster.</summary>
[Reentrant]
internal sealed partial class RequestWatchGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage,
    ILogger<RequestWatchGrain> logger) : Grain, IRequestWatchGrain, IRemindable
{
    private const string ReminderName = "resume";
    private const int AtOnce = 64;
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private Journal<RequestWatchState, WatchEntry> _journal = null!;
    private IGrainReminder? _reminder;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_journal, _) = await Journal<RequestWatchState, WatchEntry>.OpenAsync<RequestWatchHead, RequestWatchPage>(
            storage, this.GetGrainId(), RequestWatchJournal.Shape, DeactivateOnIdle);
        _reminder = await this.GetReminder(ReminderName);
    }

    public async Task AddAsync(string requestId)
    {
        await RemindAsync();
        await NoteAsync(requestId, isOpen: true);
    }

    public Task RemoveAsync(string requestId) => NoteAsync(requestId, isOpen: false);

    public async Task<int> ResumeAsync()
    {
        var open = _journal.State.Open;
        // In an order that does not depend on the process, as a hash set's does: the same run is the same again.
        foreach (var batch in open.Order(StringComparer.Ordinal).Chunk(AtOnce))
            await Task.WhenAll(batch.Select(WakeAsync));
        // State that was moved here from another storage has brought no reminder along.
        if (open.Count > 0) await RemindAsync();
        return open.Count;
    }

    public Task<ImmutableArray<string>> ListAsync() =>
        Task.FromResult(_journal.State.Open.Order(StringComparer.Ordinal).ToImmutableArray());

    public Task ReceiveReminder(string reminderName, TickStatus status) => ResumeAsync();

    private async Task RemindAsync() => _reminder ??= await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);

    private Task NoteAsync(string requestId, bool isOpen)
    {
        if (_journal.State.Open.Contains(requestId) != isOpen) _journal.Add(new WatchEntry { RequestId = requestId, IsOpen = isOpen });
        return _journal.CommitAsync();
    }

    private async Task WakeAsync(string requestId)
    {
        try
        {
            await GrainFactory.GetGrain<IProofRequestGrain>(requestId).PokeAsync();
        }
        catch (Exception e)
        {
            // One request that cannot be activated must not keep the others asleep; the next reminder tries again.
            LogNotWoken(logger, requestId, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Open request {RequestId} could not be woken")]
    private static partial void LogNotWoken(ILogger logger, string requestId, Exception exception);
}
