using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Finds eligible provers in all registry shards and invites those that have not been invited since they connected. In memory only: after
/// a crash a run invites again, which provers take as the same invitation. No prover is waited for, so a slow one delays nobody.</summary>
internal sealed partial class RunAnnouncer(IGrainFactory grains, string runKey, MarketOptions options, ILogger logger)
{
    // With the time each had connected: one that connects again may have forgotten its invitations.
    private readonly Dictionary<string, DateTimeOffset> _invited = new(StringComparer.Ordinal);

    /// <summary>How many provers have been invited.</summary>
    public int Invited => _invited.Count;

    /// <summary>How many provers were left out the last time, by reason.</summary>
    public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; private set; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Everybody invited, for telling them that it is over.</summary>
    public IReadOnlyCollection<string> InvitedProvers => _invited.Keys;

    /// <summary>Asks the shards at once who is eligible.</summary>
    public async Task<CandidateAnswer> FindAsync(CandidateQuery query) =>
        CandidateAnswer.Sum(await Task.WhenAll(grains.RegistriesFor(query, options).Select(shard => shard.FindCandidatesAsync(query))));

    /// <summary>Remembers how many were not eligible.</summary>
    public void NoteLeftOut(CandidateAnswer eligible) => LeftOut = eligible.LeftOut;

    /// <summary>Invites one prover; throws when that fails.</summary>
    public Task InviteOneAsync(string prover, Invitation invitation)
    {
        _invited.TryAdd(prover, DateTimeOffset.MinValue);
        return grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation);
    }

    /// <summary>Invites who is new among the eligible.</summary>
    public void Invite(CandidateAnswer eligible, Invitation invitation)
    {
        NoteLeftOut(eligible);
        for (var i = 0; i < eligible.Provers.Length; i++)
        {
            var (prover, connectedAt) = (eligible.Provers[i], eligible.ConnectedAt[i]);
            if (_invited.TryGetValue(prover, out var known) && known == connectedAt) continue;
            _invited[prover] = connectedAt;
            _ = InviteAsync(prover, invitation);
        }
    }

    /// <summary>Tells provers that the run is over.</summary>
    public void Stop(IEnumerable<string> provers, ReasonCode reason)
    {
        foreach (var prover in provers) _ = StopAsync(prover, new StopWork { RunKey = runKey, Reason = reason });
    }

    /// <summary>Tells a prover that some statements of a batch need no more work.</summary>
    public void StopStatements(string prover, ImmutableArray<int> statements) =>
        _ = StopAsync(prover, new StopWork { RunKey = runKey, Reason = ReasonCode.StatementDelivered, Statements = statements });

    private async Task InviteAsync(string prover, Invitation invitation)
    {
        try
        {
            await grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation);
        }
        catch (Exception e)
        {
            _invited.Remove(prover);
            LogNotInvited(logger, runKey, prover, e);
        }
    }

    private async Task StopAsync(string prover, StopWork stop)
    {
        try
        {
            await grains.GetGrain<IProverGrain>(prover).StopWorkAsync(stop);
        }
        catch (Exception e)
        {
            LogNotStopped(logger, runKey, prover, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} could not be invited; the next announcement tries again")]
    private static partial void LogNotInvited(ILogger logger, string runKey, string proverId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} could not be told that it is over; it will be refused")]
    private static partial void LogNotStopped(ILogger logger, string runKey, string proverId, Exception exception);
}
