using System.Collections.Immutable;
using Orleans.Concurrency;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>Remembers which requests are open, so that none is forgotten when everything crashes, and which have ended, so that their records are deleted
/// when the market's retention is over. Keyed by shard (<see cref="GrainKeys.WatchShard"/>).</summary>
[Alias("pm.IRequestWatchGrain")]
public interface IRequestWatchGrain : IGrainWithIntegerKey
{
    /// <summary>Called by requests before anything else is done for them. Durable. Repeatable.</summary>
    [Alias("Add")]
    Task AddAsync(string requestId);

    /// <summary>Called by requests after they are final and durable. Repeatable. Durable within a second: of a request that the shard still lists after a crash it hears once more that it has ended.</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="endedAt">When it ended: from then on its records are kept for <c>Market:RequestRetention</c>. With null nothing happens: whoever found no such request may
    /// say so late, when there is one. The shard asks for itself.</param>
    [Alias("Remove")]
    Task RemoveAsync(string requestId, DateTimeOffset? endedAt);

    /// <summary>Called by the silo at start and by a reminder: wakes every open request. Returns how many are open.</summary>
    [Alias("Resume")]
    Task<int> ResumeAsync();

    /// <summary>Called by operators and audits: the open requests of this shard.</summary>
    [Alias("List"), ReadOnly]
    Task<ImmutableArray<string>> ListAsync();

    /// <summary>Called by operators and tests, and by the shard's own reminder every minute: deletes the records of requests that ended longer ago than the
    /// market's retention. Returns when none is left that is due; what could not be deleted is tried again with the next reminder. Repeatable.</summary>
    [Alias("Sweep")]
    Task SweepAsync();
}
