using System.Collections.Immutable;
using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Grains.Requests;

/// <summary>Requests of a watch shard that have ended, in the order in which they did: a batch is written once and deleted once, so that a million of them cost
/// the shard neither memory nor a growing record.</summary>
[GenerateSerializer, Immutable, Alias("pm.EndedBatch")]
public sealed record EndedBatch
{
    /// <summary>Their ids.</summary>
    [Id(0)] public required ImmutableArray<string> Requests { get; init; }

    /// <summary>When the last of them ended.</summary>
    [Id(1)] public required DateTimeOffset LastEndedAt { get; init; }
}

/// <summary>The batches of one shard, by number. Each operation may be repeated.</summary>
internal sealed class EndedBatches(IGrainStorage storage, GrainId owner)
{
    private const string Name = "ended";
    private static readonly GrainType Batches = GrainType.Create("ended.batch");

    /// <summary>Writes a batch; over what an attempt that was cut off may have left there.</summary>
    public async Task WriteAsync(long number, EndedBatch batch)
    {
        var record = await LoadAsync(number);
        record.State = batch;
        await storage.WriteStateAsync(Name, IdOf(number), record);
    }

    /// <summary>Reads a batch; null when it has been deleted.</summary>
    public async Task<EndedBatch?> ReadAsync(long number) => await LoadAsync(number) is { RecordExists: true } record ? record.State : null;

    /// <summary>Deletes a batch, if it is there.</summary>
    public async Task DeleteAsync(long number)
    {
        var record = await LoadAsync(number);
        if (record.RecordExists) await storage.ClearStateAsync(Name, IdOf(number), record);
    }

    private async Task<GrainState<EndedBatch>> LoadAsync(long number)
    {
        var record = new GrainState<EndedBatch>();
        await storage.ReadStateAsync(Name, IdOf(number), record);
        return record;
    }

    private GrainId IdOf(long number) => GrainId.Create(Batches, IdSpan.Create(string.Create(CultureInfo.InvariantCulture, $"{owner.Key}/{number}")));
}
