using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Finds eligible provers in all registry shards and invites those that have not been invited since they connected. In memory only: after
/// a crash a run invites again, which provers take as the same invitation. No prover is waited for, so a slow one delays nobody.</summary>
internal sealed class RunAnnouncer(IGrainFactory grains, string runKey, MarketOptions options)
{
    private const int SentAtOnce = 64;

    private readonly Dictionary<string, Invited> _invited = new(StringComparer.Ordinal);

    /// <summary>How many provers have been invited.</summary>
    public int Count => _invited.Count;

    /// <summary>How many provers were left out the last time, by reason.</summary>
    public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; private set; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Everybody invited, for telling them that it is over.</summary>
    public IReadOnlyCollection<string> InvitedProvers => _invited.Keys;

    /// <summary>Asks the shards at once who is eligible.</summary>
    public async Task<CandidateAnswer> FindAsync(CandidateQuery query)
    {
        var asked = grains.RegistriesFor(query, options).Select(shard => shard.FindCandidatesAsync(query)).ToArray();
        return asked.Length == 1 ? await asked[0] : CandidateAnswer.Sum(await Task.WhenAll(asked));
    }

    /// <summary>Remembers how many were not eligible.</summary>
    public void NoteLeftOut(CandidateAnswer eligible) => LeftOut = eligible.LeftOut;

    /// <summary>Invites one prover; throws when that fails.</summary>
    public Task InviteOneAsync(string prover, Invitation invitation)
    {
        _invited.TryAdd(prover, new Invited(DateTimeOffset.MinValue, 0));
        return grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation);
    }

    /// <summary>Invites who is new among the eligible, and once more who has been before, should nobody have taken it up: what is sent to many is not answered, and may
    /// have been lost. After every few the run lets others have their turns: it stays responsive, and what is sent is read while it is still in the processor's
    /// cache.</summary>
    /// <param name="eligible">Who can be invited.</param>
    /// <param name="invitation">What they are told.</param>
    /// <param name="isTaken">Whether somebody has taken it up.</param>
    /// <param name="isOver">Whether nobody is wanted any more.</param>
    public async Task InviteAsync(CandidateAnswer eligible, Invitation invitation, Func<bool> isTaken, Func<bool> isOver)
    {
        NoteLeftOut(eligible);
        _invited.EnsureCapacity(eligible.Provers.Length);
        var most = isTaken() ? 1 : 2;
        var sent = 0;
        for (var i = 0; i < eligible.Provers.Length; i++)
        {
            var (prover, connectedAt) = (eligible.Provers[i], eligible.ConnectedAt[i]);
            var before = _invited.TryGetValue(prover, out var known) && known.ConnectedAt == connectedAt ? known.Times : 0;
            if (before >= most) continue;
            _invited[prover] = new Invited(connectedAt, before + 1);
            _ = grains.GetGrain<IProverGrain>(prover).AnnounceAsync(invitation);
            if (++sent % SentAtOnce != 0) continue;
            await Task.Yield();
            if (isOver()) return;
        }
    }

    /// <summary>Tells provers that the run is over.</summary>
    public void Stop(IReadOnlyCollection<string> provers, ReasonCode reason)
    {
        // A copy: everybody invited is a view, which may grow while they are told.
        if (provers.Count > 0) _ = StopAsync([.. provers], new StopWork { RunKey = runKey, Reason = reason });
    }

    /// <summary>Tells a prover that some statements of a batch need no more work.</summary>
    public void StopStatements(string prover, ImmutableArray<int> statements) =>
        _ = grains.GetGrain<IProverGrain>(prover).StopWorkAsync(new StopWork { RunKey = runKey, Reason = ReasonCode.StatementDelivered, Statements = statements });

    private async Task StopAsync(string[] provers, StopWork stop)
    {
        for (var i = 0; i < provers.Length; i++)
        {
            _ = grains.GetGrain<IProverGrain>(provers[i]).StopWorkAsync(stop);
            if ((i + 1) % SentAtOnce == 0) await Task.Yield();
        }
    }

    /// <summary>A prover that was invited.</summary>
    /// <param name="ConnectedAt">When it had connected: one that connects again may have forgotten its invitations.</param>
    /// <param name="Times">How often it was announced to since then.</param>
    private readonly record struct Invited(DateTimeOffset ConnectedAt, int Times);
}
