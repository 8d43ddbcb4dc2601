using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>Open requests of a shard as they are stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchState")]
internal sealed record RequestWatchState
{
    /// <summary>Their ids.</summary>
    [Id(0)] public ImmutableHashSet<string> Open { get; init; } = [];
}

/// <summary>Wakes open requests after a crash. The silo calls it at start; the reminder covers a shard whose silo died in a cluster.</summary>
[Reentrant]
internal sealed partial class RequestWatchGrain(
    [PersistentState("watch", StorageNames.Market)] IPersistentState<RequestWatchState> storage,
    ILogger<RequestWatchGrain> logger) : Grain, IRequestWatchGrain, IRemindable
{
    private const string ReminderName = "resume";
    private const int AtOnce = 64;
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private CoalescedState<RequestWatchState> _state = null!;
    private IGrainReminder? _reminder;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state = new CoalescedState<RequestWatchState>(storage, new RequestWatchState(), DeactivateOnIdle);
        _reminder = await this.GetReminder(ReminderName);
    }

    public async Task AddAsync(string requestId)
    {
        _reminder ??= await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        var open = _state.Value.Open.Add(requestId);
        if (!ReferenceEquals(open, _state.Value.Open)) _state.Value = _state.Value with { Open = open };
        await _state.CommitAsync();
    }

    public Task RemoveAsync(string requestId)
    {
        var open = _state.Value.Open.Remove(requestId);
        if (!ReferenceEquals(open, _state.Value.Open)) _state.Value = _state.Value with { Open = open };
        return _state.CommitAsync();
    }

    public async Task<int> ResumeAsync()
    {
        var open = _state.Value.Open;
        // In an order that does not depend on the process, as a hash set's does: the same run is the same again.
        foreach (var batch in open.Order(StringComparer.Ordinal).Chunk(AtOnce))
            await Task.WhenAll(batch.Select(WakeAsync));
        return open.Count;
    }

    public Task<ImmutableArray<string>> ListAsync() =>
        Task.FromResult(_state.Value.Open.Order(StringComparer.Ordinal).ToImmutableArray());

    public Task ReceiveReminder(string reminderName, TickStatus status) => ResumeAsync();

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
