using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Routing;

/// <summary>What a registry shard tells the router.</summary>
public static class SupplyRules
{
    /// <summary>The connected provers of a shard, in the order of their ids.</summary>
    public static SupplyReport Of(RegistryState state, IReadOnlyDictionary<string, ProverPresence> presences, DateTimeOffset now)
    {
        var provers = new List<SupplyProver>();
        foreach (var (id, presence) in presences)
        {
            if (presence.LiveUntil > now && !presence.Draining && state.Provers.TryGetValue(id, out var prover)) provers.Add(Of(prover, now));
        }
        provers.Sort(static (a, b) => string.CompareOrdinal(a.ProverId, b.ProverId));
        return new SupplyReport { Provers = [.. provers], NotLive = state.Provers.Count - provers.Count };
    }

    private static SupplyProver Of(ProverRecord prover, DateTimeOffset now)
    {
        var offer = prover.Offer;
        return new SupplyProver
        {
            ProverId = offer.ProverId,
            Account = offer.Account,
            Programs = [.. offer.Programs.Select(program => new SupplyRate { ProgramId = program, MilliUnitsPerSecond = TrackRules.RateOf(prover, program) })],
            Hardware = offer.Hardware,
            AskPerUnit = offer.AskPerUnit,
            Slots = offer.Slots,
            Busy = prover.Leases.Count,
            Stake = prover.StayingStake,
            FreeStake = prover.FreeStake,
            MaxBond = offer.MaxBond,
            ReputationPpm = prover.Track.ReputationPpm,
            IsPaused = TrackRules.IsPaused(prover, now),
        };
    }
}
