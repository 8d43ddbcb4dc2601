using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>The movements of a prover's stake that are done, one record each: looked up when a movement is asked for that neither the prover nor the registry
/// has in memory. So both forget what is done, and a repetition is recognised however late it comes.</summary>
internal sealed class SettledStakes(IGrainStorage storage, string proverId)
{
    /// <summary>From the account to the stake.</summary>
    public const string In = "in";

    /// <summary>From the stake to the account.</summary>
    public const string Out = "out";

    private const string Name = "settled-stake";

    /// <summary>A movement that is done; null when it is not.</summary>
    public async Task<SettledStake?> FindAsync(string direction, string entryId)
    {
        var record = new GrainState<SettledStake>();
        await storage.ReadStateAsync(Name, IdOf(direction, entryId), record);
        return record.RecordExists ? record.State : null;
    }

    /// <summary>Notes that a movement is done. May be repeated.</summary>
    public async Task NoteAsync(string direction, string entryId, SettledStake settled)
    {
        var record = new GrainState<SettledStake>();
        await storage.ReadStateAsync(Name, IdOf(direction, entryId), record);
        if (record.RecordExists) return;
        record.State = settled;
        await storage.WriteStateAsync(Name, IdOf(direction, entryId), record);
    }

    private GrainId IdOf(string direction, string entryId) => GrainId.Create(Name, $"{proverId}/{direction}/{entryId}");
}

/// <summary>A movement of stake that is done.</summary>
[GenerateSerializer, Immutable, Alias("pm.SettledStake")]
internal sealed record SettledStake
{
    /// <summary>How much was asked for.</summary>
    [Id(0)] public required Credits Amount { get; init; }

    /// <summary>What became of it on the way out; null on the way in.</summary>
    [Id(1)] public UnbondingStake? Unbonding { get; init; }
}
