using ProvingMarket.Domain;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>A proof of a batch as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.StoredBatchProof")]
internal sealed record StoredBatchProof
{
    /// <summary>The proof.</summary>
    [Id(0)] public required Bytes Proof { get; init; }
}

/// <summary>A proof of a batch.</summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed class BatchProofGrain([PersistentState("batch-proof", StorageNames.Market)] IPersistentState<StoredBatchProof> storage) : Grain, IBatchProofGrain
{
    private DurableRecord<StoredBatchProof> _proof = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _proof = new DurableRecord<StoredBatchProof>(storage, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public Task KeepAsync(Bytes proof) => _proof.Value is null ? _proof.WriteAsync(new StoredBatchProof { Proof = proof }) : Task.CompletedTask;

    public Task ForgetAsync() => _proof.ClearAsync();

    public Task<Bytes?> GetAsync() => Task.FromResult(_proof.Value?.Proof);
}
