using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.Cooperative;

/// <summary>What a requester's committees for one program remember.</summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed class CommitteeGrain([PersistentState("committee", StorageNames.Market)] IPersistentState<CommitteeRecord> storage) : Grain, ICommitteeGrain
{
    private DurableRecord<CommitteeRecord> _last = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _last = new DurableRecord<CommitteeRecord>(storage, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public Task<CommitteeRecord?> GetLastAsync() => Task.FromResult(_last.Value);

    public Task NoteAsync(CommitteeRecord record)
    {
        var later = CommitteeRecord.Later(_last.Value, record);
        return ReferenceEquals(later, _last.Value) ? Task.CompletedTask : _last.WriteAsync(later);
    }
}
