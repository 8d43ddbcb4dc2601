using System.Collections.Immutable;
using Orleans.Concurrency;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>Remembers which requests are open, so that none is forgotten when everything crashes. Keyed by shard
/// (<see cref="GrainKeys.WatchShard"/>).</summary>
[Alias("pm.IRequestWatchGrain")]
public interface IRequestWatchGrain : IGrainWithIntegerKey
{
    /// <summary>Called by requests before anything else is done for them. Durable. Repeatable.</summary>
    [Alias("Add")]
    Task AddAsync(string requestId);

    /// <summary>Called by requests after they are final and durable. Repeatable.</summary>
    [Alias("Remove")]
    Task RemoveAsync(string requestId);

    /// <summary>Called by the silo at start and by a reminder: wakes every open request. Returns how many are open.</summary>
    [Alias("Resume")]
    Task<int> ResumeAsync();

    /// <summary>Called by operators and audits: the open requests of this shard.</summary>
    [Alias("List"), ReadOnly]
    Task<ImmutableArray<string>> ListAsync();
}
