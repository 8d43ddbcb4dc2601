using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Routing.Scores;

/// <summary>How a prover's score is put together.</summary>
public static class ScoreRules
{
    /// <summary>So many proofs are needed before a percentile of their times says anything.</summary>
    public const int TimesBeforeTrust = 20;

    private static readonly QosWeights Alike = new() { Speed = 1, Cost = 1, Safety = 1, CensorshipResistance = 1 };

    /// <summary>The score.</summary>
    /// <param name="prover">Its record.</param>
    /// <param name="isLive">Whether its worker is connected and takes work.</param>
    /// <param name="tally">What its registry shard has counted.</param>
    /// <param name="invitations">What it has counted itself.</param>
    /// <param name="supplies">The provers of the programs of the remembered runs, by program; those that are not known are left aside.</param>
    /// <param name="now">The time.</param>
    public static ProverScore Of(
        ProverRecord prover, bool isLive, ProverTally tally, InvitationTally invitations, IReadOnlyDictionary<string, ProgramSupply> supplies, DateTimeOffset now)
    {
        var (reached, improvements) = ImprovementRules.Of(prover, isLive, tally, supplies);
        return new ProverScore
        {
            ProverId = prover.Offer.ProverId,
            IsLive = isLive,
            ReputationPpm = prover.Track.ReputationPpm,
            PausedUntil = TrackRules.IsPaused(prover, now) ? prover.Track.PausedUntil : null,
            Completed = prover.Completed,
            Missed = prover.Missed,
            Lapsed = prover.Lapsed,
            Commitments = [.. Commitments(prover, tally, supplies)],
            Standings = [.. Standings(prover, tally, supplies)],
            Tally = tally,
            Invitations = invitations,
            Reached = reached,
            Improvements = improvements,
        };
    }

    /// <summary>A percentile of times: the smallest that so many of a hundred do not exceed.</summary>
    public static TimeSpan Percentile(ImmutableArray<TimeSpan> times, int percent) => times.Sort()[(((times.Length * percent) + 99) / 100) - 1];

    private static IEnumerable<Commitment> Commitments(ProverRecord prover, ProverTally tally, IReadOnlyDictionary<string, ProgramSupply> supplies)
    {
        var offer = prover.Offer;
        yield return new Commitment
        {
            Kind = CommitmentKind.Capacity, Declared = Text($"{offer.Slots} slots"), Measured = tally.MostAtOnce == 0 ? "" : Text($"{tally.MostAtOnce} used at once"),
        };
        var measured = prover.Track.Throughput.Values.Where(rate => rate.Leases >= TrackRules.LeasesBeforeTrust).ToArray();
        var slowest = measured.Length == 0 ? 0 : measured.Min(rate => rate.MilliUnitsPerSecond);
        yield return new Commitment
        {
            Kind = CommitmentKind.Speed,
            Declared = Text($"{offer.MilliUnitsPerSecond / 1000.0:0.###} units/s"),
            Measured = measured.Length == 0 ? "" : Text($"{slowest / 1000.0:0.###} to {measured.Max(rate => rate.MilliUnitsPerSecond) / 1000.0:0.###} units/s, by program"),
            IsKept = measured.Length == 0 ? null : slowest >= offer.MilliUnitsPerSecond * (1 - Tolerance),
        };
        var asks = tally.Demands.Select(demand => demand.Program).DistinctBy(program => program.ProgramId)
            .Where(program => supplies.GetValueOrDefault(program.ProgramId)?.MedianAsk is not null && program.Work.Milli > 0)
            .Select(program => supplies[program.ProgramId].MedianAsk!.Value.Micro * 1000.0 / program.Work.Milli).Order().ToArray();
        yield return new Commitment
        {
            Kind = CommitmentKind.Price,
            Declared = Text($"{offer.AskPerUnit} credits/unit"),
            Measured = asks.Length == 0 ? "" : Text($"the market's median ask: {new Credits((long)asks[asks.Length / 2])} credits/unit"),
        };
        var p95 = tally.Times.Length == 0 ? (TimeSpan?)null : Percentile(tally.Times, 95);
        yield return new Commitment
        {
            Kind = CommitmentKind.LatencyP95,
            Declared = offer.LatencyP95 is { } declared ? Text($"{declared.TotalSeconds:0.###} s") : "",
            Measured = p95 is { } time ? Text($"{time.TotalSeconds:0.###} s, of {tally.Times.Length} proofs") : "",
            IsKept = offer.LatencyP95 is { } most && p95 is { } took && tally.Times.Length >= TimesBeforeTrust ? took <= most : null,
        };
        yield return new Commitment
        {
            Kind = CommitmentKind.Availability,
            Declared = offer.AvailabilityPercent is { } promised ? Text($"{promised} %") : "",
            Measured = Text($"{tally.ConnectedPpm / 10_000.0:0.##} %"),
            IsKept = offer.AvailabilityPercent is { } least ? tally.ConnectedPpm >= least * 10_000L : null,
        };
        yield return new Commitment { Kind = CommitmentKind.Hardware, Declared = string.Join(", ", offer.Hardware), Measured = "" };
        var systems = tally.Demands.Where(demand => offer.Programs.Contains(demand.Program.ProgramId)).Select(demand => demand.Program.ProofSystem).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        yield return new Commitment { Kind = CommitmentKind.ProofSystems, Declared = Text($"{offer.Programs.Length} programs"), Measured = string.Join(", ", systems) };
    }

    private static IEnumerable<Standing> Standings(ProverRecord prover, ProverTally tally, IReadOnlyDictionary<string, ProgramSupply> supplies)
    {
        foreach (var program in tally.Demands.Select(demand => demand.Program).DistinctBy(program => program.ProgramId).OrderBy(program => program.Name, StringComparer.Ordinal))
        {
            if (!prover.Offer.Programs.Contains(program.ProgramId) || !supplies.TryGetValue(program.ProgramId, out var supply)) continue;
            var (seconds, price) = (program.Work.Milli / TrackRules.RateOf(prover, program.ProgramId), program.Work.PriceAt(prover.Offer.AskPerUnit));
            var others = supply.BySpeed.Where(other => other.ProverId != prover.Offer.ProverId).ToArray();
            yield return new Standing
            {
                Program = program.Name,
                Others = Count(others, _ => true),
                Cheaper = Count(others, other => other.Price < price),
                Faster = Count(others, other => other.Seconds < seconds),
                Price = price,
                Time = TimeSpan.FromSeconds(Math.Min(seconds, MarketLimits.DeadlineHorizon.TotalSeconds)),
                ScorePpm = ScoreOf(prover.Track.Reputation, seconds, price, supply),
            };
        }
    }

    private static int ScoreOf(double success, double seconds, Credits price, ProgramSupply supply)
    {
        var reference = Math.Max(1, (supply.MedianAsk ?? price).Micro);
        var utilities = new QosUtilities
        {
            Speed = success * double.Exp2(-seconds / Math.Max(1e-3, supply.MedianSeconds ?? seconds)),
            Cost = success * double.Exp2(-(double)price.Micro / reference),
            Safety = QosUtilities.SafetyOf(success),
            CensorshipResistance = success * QosUtilities.CensorshipResistanceOf(1),
        };
        return (int)Math.Round(utilities.ScoreFor(Alike) * 1_000_000);
    }

    private static int Count(OutlookProver[] provers, Func<OutlookProver, bool> counts) => (int)Math.Round(provers.Where(counts).Sum(prover => prover.Weight));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A slot whose speed varies is not blamed for a tenth.
    private const double Tolerance = 0.1;
}
