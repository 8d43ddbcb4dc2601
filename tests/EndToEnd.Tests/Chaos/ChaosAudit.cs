using System.Diagnostics;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.EndToEnd.Tests.Chaos;

/// <summary>What has to be true of a market after chaos, asked from outside.</summary>
internal sealed class ChaosAudit(IProvingMarketClient market, IGrainFactory grains, IReadOnlyCollection<string> provers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Why requests ended as they did, and how often a prover was left out for which reason.</summary>
    public SortedDictionary<string, int> Reasons { get; } = new(StringComparer.Ordinal);

    /// <summary>Every acknowledged request is there, has ended, is the same when it is submitted again, has its proof when it was fulfilled, and follows from its
    /// transcripts. Returns how they ended.</summary>
    public async Task<IReadOnlyDictionary<RequestPhase, int>> CheckRequestsAsync(ChaosLoad load)
    {
        var ended = new Dictionary<RequestPhase, int>();
        foreach (var (id, (spec, handle)) in load.Accepted)
        {
            var status = await handle.GetStatusAsync();
            Assert.True(status is not null, $"{id} was acknowledged and is lost");
            Assert.True(status.Phase.IsFinal(), $"{id} is still {status.Phase}");
            ended[status.Phase] = ended.GetValueOrDefault(status.Phase) + 1;
            Count($"{status.Outcome}", 1);
            if (status.Phase == RequestPhase.Expired)
            {
                foreach (var (reason, count) in status.LeftOut) Count($"expired with {reason}", count);
            }
            var again = (await market.ProveAsync(spec)).EnsureAccepted();
            Assert.Equal(status.Version, (await again.GetStatusAsync())!.Version);
            var outcome = await handle.WaitAsync();
            Assert.Equal(status.Phase == RequestPhase.Fulfilled, outcome.IsDelivered);
            var findings = RequestAudit.Check((await handle.GetEvidenceAsync())!, BuiltInMechanisms.All).Findings;
            Assert.True(findings.IsEmpty, $"{id}: {string.Join("; ", findings)}");
        }
        return ended;
    }

    /// <summary>What was deposited is on accounts or staked; nothing is held, leased, bonded or watched. Returns what is staked.</summary>
    public async Task<Credits> CheckMoneyAsync(Credits deposited)
    {
        await UntilAtRestAsync();
        var (total, staked) = (Credits.Zero, Credits.Zero);
        foreach (var account in provers.Select(ChaosMarket.AccountOf).Concat(ChaosLoad.Requesters).Append(GrainKeys.TreasuryAccount))
        {
            var balance = await market.GetBalanceAsync(account);
            Assert.True(balance.Held == Credits.Zero, $"{account} still holds {string.Join(", ", balance.Holds.Keys)}");
            total += balance.Available;
        }
        foreach (var prover in provers)
        {
            var record = await RecordAsync(prover);
            Assert.Equal(Credits.Zero, record.LockedBond);
            staked += record.Stake;
        }
        Assert.Equal(deposited, total + staked);
        return staked;
    }

    private void Count(string reason, int times) => Reasons[reason] = Reasons.GetValueOrDefault(reason) + times;

    /// <summary>Requests leave their watch shards, and leases end, within moments of the end.</summary>
    private async Task UntilAtRestAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var open = await Task.WhenAll(Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => grains.GetGrain<IRequestWatchGrain>(shard).ListAsync()));
            var records = await Task.WhenAll(provers.Select(RecordAsync));
            if (open.All(shard => shard.IsEmpty) && records.All(record => record.Leases.IsEmpty)) return;
            Assert.True(
                watch.Elapsed < Patience, $"watched: {string.Join(", ", open.SelectMany(shard => shard))}; leased: {string.Join(", ", records.SelectMany(record => record.Leases.Keys))}");
        }
    }

    private async Task<ProverRecord> RecordAsync(string prover) =>
        (await grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(prover))!;
}
