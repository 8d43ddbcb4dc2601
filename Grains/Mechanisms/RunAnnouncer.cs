using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Tells provers of a run: many by the registry's shards, which know who is eligible and whose workers are there, and some by their own grains. What it knows of who was
/// told is in memory only: after a crash a run announces itself again, which provers take as the same invitation. No worker is waited for, so a slow one delays nobody.</summary>
internal sealed class RunAnnouncer(IGrainFactory grains, string runKey, MarketOptions options)
{
    private readonly HashSet<string> _invited = new(StringComparer.Ordinal);
    private readonly HashSet<string> _called = new(StringComparer.Ordinal);

    /// <summary>How many provers have been invited.</summary>
    public int Count => _invited.Count;

    /// <summary>How many provers were left out the last time, by reason.</summary>
    public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; private set; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Everybody invited; nobody of those to whom the run is being announced, before all shards have done it.</summary>
    public IReadOnlyCollection<string> InvitedProvers => _invited;

    /// <summary>Asks the shards at once who is eligible.</summary>
    public async Task<CandidateAnswer> FindAsync(CandidateQuery query)
    {
        var asked = grains.RegistriesFor(query, options).Select(shard => shard.FindCandidatesAsync(query)).ToArray();
        return asked.Length == 1 ? await asked[0] : CandidateAnswer.Sum(await Task.WhenAll(asked));
    }

    /// <summary>Remembers how many were not eligible.</summary>
    public void NoteLeftOut(CandidateAnswer eligible) => LeftOut = eligible.LeftOut;

    /// <summary>Invites one prover by its own grain; throws when that fails.</summary>
    public Task CallAsync(string prover, Invitation invitation)
    {
        _invited.Add(prover);
        _called.Add(prover);
        return grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation);
    }

    /// <summary>Has all shards at once invite those of their eligible provers whom they have not invited yet; throws when one of them could not be asked.</summary>
    public async Task AnnounceAsync(CandidateQuery query, Invitation invitation)
    {
        var answers = await Task.WhenAll(grains.RegistriesFor(query, options).Select(shard => shard.AnnounceAsync(query, invitation)));
        foreach (var answer in answers) _invited.UnionWith(answer.Invited);
        LeftOut = Eligibility.Sum(answers.Select(answer => answer.LeftOut));
    }

    /// <summary>Whether a prover has been invited by its own grain, since this activation began.</summary>
    public bool HasCalled(string prover) => _called.Contains(prover);

    /// <summary>Tells everybody to whom the run was announced that it is over, but for those who are told by their own grains.</summary>
    /// <param name="query">Whom it was announced to.</param>
    /// <param name="reason">Why it is over for those who have not won it.</param>
    /// <param name="winners">Who has won it, and is not told otherwise.</param>
    /// <param name="otherwise">Who is told otherwise.</param>
    public void Withdraw(CandidateQuery query, ReasonCode reason, ImmutableArray<string> winners, ImmutableArray<string> otherwise)
    {
        var stop = new StopWork { RunKey = runKey, Reason = reason, Winners = winners };
        foreach (var shard in grains.RegistriesFor(query, options)) _ = shard.WithdrawAsync(stop, otherwise);
    }

    /// <summary>Tells provers by their own grains that the run is over for them.</summary>
    public void Stop(IReadOnlyCollection<string> provers, ReasonCode reason)
    {
        if (provers.Count == 0) return;
        var stop = new StopWork { RunKey = runKey, Reason = reason };
        foreach (var prover in provers) _ = grains.GetGrain<IProverGrain>(prover).StopWorkAsync(stop);
    }

    /// <summary>Tells a prover that some statements of a batch need no more work.</summary>
    public void StopStatements(string prover, ImmutableArray<int> statements) =>
        _ = grains.GetGrain<IProverGrain>(prover).StopWorkAsync(new StopWork { RunKey = runKey, Reason = ReasonCode.StatementDelivered, Statements = statements });
}
