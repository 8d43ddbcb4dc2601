using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Finds eligible provers in all registry shards and invites those that have not been invited. In memory only: after a crash a run
/// invites again, which provers take as the same invitation.</summary>
internal sealed class RunAnnouncer(IGrainFactory grains)
{
    private readonly HashSet<string> _invited = [];

    /// <summary>How many provers have been invited.</summary>
    public int Invited => _invited.Count;

    /// <summary>How many provers were left out the last time, by reason.</summary>
    public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; private set; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Asks all shards at once and invites who is new. Inviting never waits for a worker.</summary>
    public async Task AnnounceAsync(CandidateQuery query, Invitation invitation)
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, GrainKeys.RegistryShards).Select(shard => grains.GetGrain<ITaskRegistryGrain>(shard).FindCandidatesAsync(query)));
        var answer = answers.Aggregate((sum, next) => sum.Plus(next));
        LeftOut = answer.LeftOut;
        await Task.WhenAll(answer.Provers.Where(_invited.Add).Select(prover => grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation)));
    }

    /// <summary>Tells provers to stop.</summary>
    public Task StopAsync(IEnumerable<string> provers, StopWork stop) =>
        Task.WhenAll(provers.Select(prover => grains.GetGrain<IProverGrain>(prover).StopWorkAsync(stop)));

    /// <summary>Everybody invited, for telling them that it is over.</summary>
    public IReadOnlyCollection<string> InvitedProvers => _invited;
}
