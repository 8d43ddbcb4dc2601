using System.Collections.Immutable;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Registry;

/// <summary>What a run asks of provers before it invites them.</summary>
[GenerateSerializer, Immutable, Alias("pm.CandidateQuery")]
public sealed record CandidateQuery
{
    /// <summary>The program to prove.</summary>
    [Id(0)] public required ProgramSummary Program { get; init; }

    /// <summary>Who may prove.</summary>
    [Id(1)] public required RequestConstraints Constraints { get; init; }

    /// <summary>The bond a lease of the run takes.</summary>
    [Id(2)] public required Credits Bond { get; init; }

    /// <summary>Provers excluded by the run itself.</summary>
    [Id(3)] public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>By when the proof must be there.</summary>
    [Id(4)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>True when provers are to be drawn: whoever has no slot or not enough stake free, or asks for more than <see cref="Reward"/>, is not eligible, and stake and
    /// reputation of the others are told.</summary>
    [Id(5)] public bool ForDraw { get; init; }

    /// <summary>The run, so that a search that is repeated is counted once; empty when it is not to be counted.</summary>
    [Id(6)] public string RunKey { get; init; } = "";

    /// <summary>The most that is paid; only for provers to see what they missed.</summary>
    [Id(7)] public Credits MaxPrice { get; init; }

    /// <summary>What each prover that is drawn is paid for the program's work at most: whoever asks for more is not eligible for a draw. Null when asks are compared otherwise.</summary>
    [Id(8)] public Credits? Reward { get; init; }
}

/// <summary>Who can be invited, and how many were left out for which reason.</summary>
[GenerateSerializer, Immutable, Alias("pm.CandidateAnswer")]
public sealed record CandidateAnswer
{
    /// <summary>Ids of eligible provers.</summary>
    [Id(0)] public ImmutableArray<string> Provers { get; init; } = [];

    /// <summary>How many provers were left out, by reason.</summary>
    [Id(1)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>The stake of each of the eligible provers, in the same order; empty when it was not asked for.</summary>
    [Id(2)] public ImmutableArray<Credits> Stakes { get; init; } = [];

    /// <summary>The reputation of each of the eligible provers in millionths, in the same order; empty when it was not asked for.</summary>
    [Id(3)] public ImmutableArray<int> ReputationsPpm { get; init; } = [];

    /// <summary>The answers of several shards together, in their order.</summary>
    public static CandidateAnswer Sum(IReadOnlyCollection<CandidateAnswer> answers) => new()
    {
        Provers = Joined(answers, static answer => answer.Provers),
        LeftOut = Eligibility.Sum(answers.Select(answer => answer.LeftOut)),
        Stakes = Joined(answers, static answer => answer.Stakes),
        ReputationsPpm = Joined(answers, static answer => answer.ReputationsPpm),
    };

    private static ImmutableArray<T> Joined<T>(IReadOnlyCollection<CandidateAnswer> answers, Func<CandidateAnswer, ImmutableArray<T>> part)
    {
        var length = 0;
        foreach (var answer in answers) length += part(answer).Length;
        var joined = ImmutableArray.CreateBuilder<T>(length);
        foreach (var answer in answers) joined.AddRange(part(answer));
        return joined.MoveToImmutable();
    }
}

/// <summary>Who may take part in a run.</summary>
public static class Eligibility
{
    /// <summary>Why a prover may not take part; <see cref="ReasonCode.None"/> when it may. A prover whose slots are all in use is
    /// eligible, except for a draw: it may join when one is free.</summary>
    public static ReasonCode Check(ProverRecord prover, ProverPresence? presence, CandidateQuery query, DateTimeOffset now)
    {
        var id = prover.Offer.ProverId;
        if (presence is null || presence.LiveUntil <= now || presence.Draining) return ReasonCode.ProverNotLive;
        if (query.Excluded.Contains(id)) return ReasonCode.ProverExcluded;
        if (!Allows(query.Constraints, id)) return ReasonCode.ProverExcluded;
        if (!prover.Offer.Programs.Contains(query.Program.ProgramId)) return ReasonCode.ProgramNotServed;
        if (MissingHardware(prover, query.Constraints) is not null) return ReasonCode.HardwareMissing;
        if (prover.StayingStake < query.Constraints.MinStake) return ReasonCode.StakeBelowMinimum;
        if (TrackRules.IsPaused(prover, now)) return ReasonCode.ProverPaused;
        if (!TrackRules.IsInTime(prover, query.Program.ProgramId, query.Program.Work, query.Deadline, now)) return ReasonCode.DeadlineTooSoon;
        if (query.ForDraw && query.Program.Work.PriceAt(prover.Offer.AskPerUnit) > query.Reward) return ReasonCode.PriceBelowAsk;
        if (query.ForDraw && prover.Leases.Count >= prover.Offer.Slots) return ReasonCode.SlotsFull;
        if (query.Bond > (query.ForDraw ? prover.FreeStake : prover.StayingStake)) return ReasonCode.StakeInsufficient;
        return prover.Offer.MaxBond is { } most && query.Bond > most ? ReasonCode.BondAboveLimit : ReasonCode.None;
    }

    /// <summary>Refuses a prover that the requester's lists exclude; null when they do not.</summary>
    public static Refusal? CheckLists(string proverId, RequestConstraints constraints) =>
        Allows(constraints, proverId) ? null : Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover the requester allows", proverId);

    /// <summary>Refuses a prover without the hardware or the stake that the requester demands; null when it has both.</summary>
    public static Refusal? CheckQualities(ProverRecord prover, RequestConstraints constraints)
    {
        if (MissingHardware(prover, constraints) is { } tag)
            return Refusal.Of(ReasonCode.HardwareMissing, "hardware", $"a prover with {tag}", prover.Offer.ProverId);
        return prover.StayingStake < constraints.MinStake
            ? Refusal.Of(ReasonCode.StakeBelowMinimum, "stake", $"at least {constraints.MinStake} credits", prover.StayingStake.ToString())
            : null;
    }

    /// <summary>How many were left out of several shards together, by reason.</summary>
    public static ImmutableSortedDictionary<ReasonCode, int> Sum(IEnumerable<ImmutableSortedDictionary<ReasonCode, int>> leftOut) =>
        leftOut.Aggregate(ImmutableSortedDictionary<ReasonCode, int>.Empty, Counts.Plus);

    /// <summary>Sorts a shard's provers into eligible and left out. A requester that names its provers is answered about these only: the others are neither
    /// looked at nor counted.</summary>
    /// <param name="state">The shard.</param>
    /// <param name="presences">Whose worker is there.</param>
    /// <param name="query">Who is wanted.</param>
    /// <param name="now">The time.</param>
    /// <param name="told">Told of every prover looked at why it is left out, <see cref="ReasonCode.None"/> when it is not; null when nobody counts.</param>
    public static CandidateAnswer Select(
        RegistryState state, IReadOnlyDictionary<string, ProverPresence> presences, CandidateQuery query, DateTimeOffset now, Action<string, ReasonCode>? told = null)
    {
        var eligible = new List<ProverRecord>(presences.Count);
        var leftOut = new Dictionary<ReasonCode, int>();
        if (query.Constraints.AllowedProvers.IsEmpty)
        {
            foreach (var (id, prover) in state.Provers) Sort(id, prover);
        }
        else
        {
            foreach (var id in query.Constraints.AllowedProvers.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                if (state.Provers.TryGetValue(id, out var prover)) Sort(id, prover);
            }
        }
        return new CandidateAnswer
        {
            Provers = Each(eligible, static prover => prover.Offer.ProverId),
            LeftOut = leftOut.ToImmutableSortedDictionary(),
            Stakes = query.ForDraw ? Each(eligible, static prover => prover.StayingStake) : [],
            ReputationsPpm = query.ForDraw ? Each(eligible, static prover => prover.Track.ReputationPpm) : [],
        };

        void Sort(string id, ProverRecord prover)
        {
            var reason = Check(prover, presences.GetValueOrDefault(id), query, now);
            told?.Invoke(id, reason);
            if (reason == ReasonCode.None) eligible.Add(prover);
            else leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;
        }
    }

    private static ImmutableArray<T> Each<T>(List<ProverRecord> eligible, Func<ProverRecord, T> value)
    {
        var values = ImmutableArray.CreateBuilder<T>(eligible.Count);
        foreach (var prover in eligible) values.Add(value(prover));
        return values.MoveToImmutable();
    }

    private static bool Allows(RequestConstraints constraints, string proverId) =>
        !constraints.DeniedProvers.Contains(proverId) && (constraints.AllowedProvers.IsEmpty || constraints.AllowedProvers.Contains(proverId));

    private static string? MissingHardware(ProverRecord prover, RequestConstraints constraints)
    {
        foreach (var tag in constraints.Hardware)
        {
            if (!prover.Offer.Hardware.Contains(tag)) return tag;
        }
        return null;
    }
}
