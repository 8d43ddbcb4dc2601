using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Routing.Scores;

namespace ProvingMarket.Grains.Registry;

/// <summary>What a shard counts for its provers to see (<see cref="ProverTally"/>). In memory only: no write, no call, and a search for provers is counted once
/// for each run, however often it is repeated.</summary>
internal sealed class ShardTallies(DateTimeOffset since)
{
    /// <summary>How many runs are remembered; when they come faster than one a second, one of each second.</summary>
    public const int RunsKept = 64;

    private static readonly TimeSpan RunEvery = TimeSpan.FromSeconds(1);

    private const int TimesKept = 64;

    private readonly Dictionary<string, Counts> _provers = new(StringComparer.Ordinal);
    private readonly Queue<Demand> _demands = new();
    private readonly Queue<string> _searches = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private DateTimeOffset _rememberedAt = DateTimeOffset.MinValue;

    /// <summary>A run looks for provers; counts it for every prover the first time.</summary>
    public Action<string, ReasonCode>? Searching(CandidateQuery query, DateTimeOffset now)
    {
        if (query.RunKey.Length == 0 || !_known.Add(query.RunKey)) return null;
        _searches.Enqueue(query.RunKey);
        if (_searches.Count > RunsKept) _known.Remove(_searches.Dequeue());
        if (_demands.Count < RunsKept || now - _rememberedAt >= RunEvery) Remember(query, now);
        return (prover, reason) =>
        {
            var counts = Of(prover);
            counts.Runs++;
            if (reason != ReasonCode.None) Count(counts.LeftOut, reason);
        };
    }

    /// <summary>A lease was wanted for a prover.</summary>
    /// <param name="prover">The prover as it is after that; null when unknown.</param>
    /// <param name="isNew">Whether the lease was not there before.</param>
    /// <param name="refusal">Why it was refused; null when it was granted.</param>
    public void Reserved(ProverRecord? prover, bool isNew, Refusal? refusal)
    {
        if (prover is null) return;
        var counts = Of(prover.Offer.ProverId);
        if (refusal is not null) Count(counts.Refused, refusal.Code);
        else if (isNew) counts.Leases++;
        counts.MostAtOnce = Math.Max(counts.MostAtOnce, prover.Leases.Count);
    }

    /// <summary>A lease has ended.</summary>
    public void Ended(Lease? lease, LeaseEnding ending)
    {
        if (lease is null || ending.Outcome != LeaseOutcome.Complete || ending.Took is not { } took) return;
        var times = Of(ending.ProverId).Times;
        times.Enqueue(took);
        if (times.Count > TimesKept) times.Dequeue();
    }

    /// <summary>A prover's session began, was renewed or ended.</summary>
    public void Session(string proverId, ProverPresence? before, DateTimeOffset now)
    {
        var counts = Of(proverId);
        counts.FirstSeen ??= now;
        counts.Connected += Connected(before, counts, now);
        counts.SeenAt = now;
    }

    /// <summary>What was counted of a prover.</summary>
    public ProverTally Of(string proverId, ProverPresence? presence, DateTimeOffset now)
    {
        var counts = Of(proverId);
        var seen = counts.FirstSeen is { } first ? now - first : TimeSpan.Zero;
        var connected = counts.Connected + Connected(presence, counts, now);
        return new ProverTally
        {
            Since = since,
            Runs = counts.Runs,
            LeftOut = counts.LeftOut.ToImmutableSortedDictionary(),
            Leases = counts.Leases,
            Refused = counts.Refused.ToImmutableSortedDictionary(),
            MostAtOnce = counts.MostAtOnce,
            Times = [.. counts.Times],
            ConnectedPpm = seen <= TimeSpan.Zero ? (presence is null ? 0 : 1_000_000) : (int)Math.Clamp(connected / seen * 1_000_000, 0, 1_000_000),
            Demands = [.. _demands],
        };
    }

    private void Remember(CandidateQuery query, DateTimeOffset now)
    {
        _demands.Enqueue(new Demand
        {
            Program = query.Program, Constraints = query.Constraints, Bond = query.Bond, MaxPrice = query.MaxPrice, Until = query.Deadline - now,
        });
        if (_demands.Count > RunsKept) _demands.Dequeue();
        _rememberedAt = now;
    }

    /// <summary>A session that was not renewed ended when its time was over.</summary>
    private static TimeSpan Connected(ProverPresence? presence, Counts counts, DateTimeOffset now)
    {
        if (presence is null) return TimeSpan.Zero;
        var until = presence.LiveUntil < now ? presence.LiveUntil : now;
        return until > counts.SeenAt ? until - counts.SeenAt : TimeSpan.Zero;
    }

    private Counts Of(string proverId) =>
        _provers.TryGetValue(proverId, out var counts) ? counts : _provers[proverId] = new Counts();

    private static void Count(Dictionary<ReasonCode, int> counts, ReasonCode reason) => counts[reason] = counts.GetValueOrDefault(reason) + 1;

    private sealed class Counts
    {
        public int Runs { get; set; }

        public Dictionary<ReasonCode, int> LeftOut { get; } = [];

        public int Leases { get; set; }

        public Dictionary<ReasonCode, int> Refused { get; } = [];

        public int MostAtOnce { get; set; }

        public Queue<TimeSpan> Times { get; } = new();

        public DateTimeOffset? FirstSeen { get; set; }

        public DateTimeOffset SeenAt { get; set; }

        public TimeSpan Connected { get; set; }
    }
}
