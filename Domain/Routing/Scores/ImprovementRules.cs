using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Routing.Scores;

/// <summary>What would win a prover more work: which single change would make it one of the first for more of the runs of late. A prover is among the first
/// for a run when it can take part in it, and fewer than a quarter of the others who can, or than three, ask less, or are faster.</summary>
public static class ImprovementRules
{
    private const int Front = 3;
    private const int FrontDivisor = 4;

    /// <summary>How many of the remembered runs the prover is among the first for, and what would make it more.</summary>
    public static (int Reached, ImmutableArray<Improvement> Improvements) Of(
        ProverRecord prover, bool isLive, ProverTally tally, IReadOnlyDictionary<string, ProgramSupply> supplies)
    {
        var systems = tally.Demands.Where(demand => prover.Offer.Programs.Contains(demand.Program.ProgramId)).Select(demand => demand.Program.ProofSystem).ToHashSet(StringComparer.Ordinal);
        var runs = tally.Demands.Where(demand => supplies.ContainsKey(demand.Program.ProgramId)).Select(demand => Run.Of(demand, supplies[demand.Program.ProgramId], prover, systems)).ToArray();
        var today = Terms.Of(prover);
        var reached = Reached(runs, today);
        var found = new List<Improvement?>
        {
            isLive ? null : Improvement(ImprovementKind.Availability, "a worker that is connected", 100, reached),
            Smallest(
                ImprovementKind.Price, runs.SelectMany(run => (double[])[run.MaxPrice / run.Price, run.FrontPrice / run.Price]).Where(factor => factor is > 0 and < 1),
                factor => today with { PriceFactor = factor }, factor => 1 - factor,
                factor => Text($"an ask of {new Credits((long)(prover.Offer.AskPerUnit.Micro * factor))} instead of {prover.Offer.AskPerUnit} credits/unit")),
            Smallest(
                ImprovementKind.Speed, runs.SelectMany(run => (double[])[run.Until / run.Seconds, run.FrontSeconds / run.Seconds]).Where(factor => factor is > 0 and < 1),
                factor => today with { TimeFactor = factor }, factor => (1 / factor) - 1, factor => Text($"proofs in {factor * 100:0.#} % of the time they take now")),
            Smallest(
                ImprovementKind.Stake, runs.Select(run => Math.Max(run.MinStake, run.Bond)).Where(stake => stake > today.Stake), stake => today with { Stake = stake },
                stake => today.Stake <= 0 ? 1 : (stake / today.Stake) - 1, stake => $"{new Credits((long)stake)} instead of {new Credits((long)today.Stake)} credits of stake"),
            Smallest(
                ImprovementKind.MaxBond, runs.Select(run => run.Bond).Where(bond => bond > today.MaxBond), bond => today with { MaxBond = bond },
                bond => today.MaxBond <= 0 ? 1 : (bond / today.MaxBond) - 1, bond => $"bonds of up to {new Credits((long)bond)} instead of {new Credits((long)today.MaxBond)} credits"),
            Slots(prover, tally, runs.Length),
            Missing(ImprovementKind.Hardware, runs.SelectMany(run => run.MissingHardware), tag => today with { Hardware = tag }, tag => $"hardware {tag}"),
            Missing(
                ImprovementKind.Program, runs.Where(run => !run.IsServed && run.KnowsSystem).Select(run => run.Program), name => today with { Program = name }, name => $"the program {name}"),
            Missing(
                ImprovementKind.ProofSystem, runs.Where(run => !run.IsServed && !run.KnowsSystem).Select(run => run.ProofSystem), system => today with { ProofSystem = system },
                system => $"the proof system {system}"),
        };
        return (isLive ? reached : 0, [.. found.OfType<Improvement>().OrderByDescending(change => change.Gains).ThenBy(change => change.Percent).ThenBy(change => change.Kind)]);

        // Of all changes of a kind the smallest that gains at least half of what any of them does.
        Improvement? Smallest(ImprovementKind kind, IEnumerable<double> values, Func<double, Terms> with, Func<double, double> size, Func<double, string> words)
        {
            var changes = values.Distinct().Select(value => (Value: value, Size: size(value), Gains: Reached(runs, with(value)) - reached)).OrderBy(change => change.Size).ToArray();
            if (changes.Length == 0 || changes.Max(change => change.Gains) is not (> 0 and var most)) return null;
            var smallest = changes.First(change => change.Gains * 2 >= most);
            return Improvement(kind, words(smallest.Value), (int)Math.Min(1_000_000, Math.Ceiling(smallest.Size * 100)), smallest.Gains);
        }

        Improvement? Missing(ImprovementKind kind, IEnumerable<string> names, Func<string, Terms> with, Func<string, string> words)
        {
            var best = names.Distinct(StringComparer.Ordinal).Select(name => (Name: name, Gains: Reached(runs, with(name)) - reached))
                .OrderByDescending(change => change.Gains).ThenBy(change => change.Name, StringComparer.Ordinal).FirstOrDefault();
            return best.Name is null ? null : Improvement(kind, words(best.Name), 100, best.Gains);
        }
    }

    /// <summary>Slots are not part of what a remembered run asks for: how often they were full is counted.</summary>
    private static Improvement? Slots(ProverRecord prover, ProverTally tally, int runs)
    {
        var full = tally.LeftOut.GetValueOrDefault(ReasonCode.SlotsFull) + tally.Refused.GetValueOrDefault(ReasonCode.SlotsFull);
        return full == 0 || tally.Runs == 0 ? null : Improvement(
            ImprovementKind.Slots, Text($"{prover.Offer.Slots + 1} instead of {prover.Offer.Slots} slots: all were in use {full} times"), (100 + prover.Offer.Slots - 1) / prover.Offer.Slots,
            Math.Max(1, (int)Math.Min(runs, (long)runs * full / tally.Runs)));
    }

    private static Improvement? Improvement(ImprovementKind kind, string change, int percent, int gains) =>
        gains <= 0 ? null : new Improvement { Kind = kind, Change = change, Percent = percent, Gains = gains };

    private static int Reached(Run[] runs, Terms terms) => runs.Count(run => run.IsReached(terms));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the prover would be like: as it is, with one change.</summary>
    private sealed record Terms(double PriceFactor, double TimeFactor, double Stake, double MaxBond, string Hardware = "", string Program = "", string ProofSystem = "")
    {
        public static Terms Of(ProverRecord prover) => new(1, 1, prover.StayingStake.Micro, prover.Offer.MaxBond?.Micro ?? double.PositiveInfinity);
    }

    /// <summary>A remembered run with what it takes to be among the first for it.</summary>
    private sealed class Run
    {
        public required string Program { get; init; }

        public required string ProofSystem { get; init; }

        public required bool IsServed { get; init; }

        public required bool KnowsSystem { get; init; }

        public required ImmutableArray<string> MissingHardware { get; init; }

        public required bool IsAllowed { get; init; }

        public required double Seconds { get; init; }

        public required double Price { get; init; }

        public required double Until { get; init; }

        public required double MaxPrice { get; init; }

        public required double MinStake { get; init; }

        public required double Bond { get; init; }

        /// <summary>The price, and the time, below which fewer than a front of others are; infinite when they are too few.</summary>
        public required double FrontPrice { get; init; }

        public required double FrontSeconds { get; init; }

        public static Run Of(Demand demand, ProgramSupply supply, ProverRecord prover, HashSet<string> systems)
        {
            var (offer, program, constraints) = (prover.Offer, demand.Program, demand.Constraints);
            var others = supply.BySpeed.Where(other => other.ProverId != offer.ProverId && CanTake(other, demand)).ToArray();
            var front = Math.Max(Front, others.Sum(other => other.Weight) / FrontDivisor);
            return new Run
            {
                Program = program.Name,
                ProofSystem = program.ProofSystem,
                IsServed = offer.Programs.Contains(program.ProgramId),
                KnowsSystem = systems.Contains(program.ProofSystem),
                MissingHardware = [.. constraints.Hardware.Where(tag => !offer.Hardware.Contains(tag))],
                IsAllowed = Eligibility.CheckLists(offer.ProverId, constraints) is null,
                Seconds = program.Work.Milli / TrackRules.RateOf(prover, program.ProgramId),
                Price = Math.Max(1, program.Work.PriceAt(offer.AskPerUnit).Micro),
                Until = demand.Until.TotalSeconds,
                MaxPrice = demand.MaxPrice.Micro,
                MinStake = constraints.MinStake.Micro,
                Bond = demand.Bond.Micro,
                FrontPrice = At(others.OrderBy(other => other.Price), other => other.Price.Micro, front),
                FrontSeconds = At(others.OrderBy(other => other.Seconds), other => other.Seconds, front),
            };
        }

        public bool IsReached(Terms terms) =>
            IsAllowed
            && (IsServed || terms.Program == Program || terms.ProofSystem == ProofSystem)
            && (MissingHardware.IsEmpty || (MissingHardware.Length == 1 && MissingHardware[0] == terms.Hardware))
            && Math.Max(MinStake, Bond) <= terms.Stake && Bond <= terms.MaxBond
            && Seconds * terms.TimeFactor <= Until * Exact && Price * terms.PriceFactor <= MaxPrice * Exact
            && (Price * terms.PriceFactor <= FrontPrice * Exact || Seconds * terms.TimeFactor <= FrontSeconds * Exact);

        // A factor computed from a bound meets it.
        private const double Exact = 1 + 1e-9;

        private static bool CanTake(OutlookProver other, Demand demand) =>
            Eligibility.CheckLists(other.ProverId, demand.Constraints) is null
            && demand.Constraints.Hardware.All(tag => other.Hardware.Contains(tag))
            && other.Stake >= demand.Constraints.MinStake && !other.IsPaused && other.Stake >= demand.Bond
            && other.Seconds <= demand.Until.TotalSeconds && other.Price <= demand.MaxPrice;

        private static double At(IOrderedEnumerable<OutlookProver> others, Func<OutlookProver, double> of, double front)
        {
            var seen = 0.0;
            foreach (var other in others)
            {
                seen += other.Weight;
                if (seen >= front) return of(other);
            }
            return double.PositiveInfinity;
        }
    }
}
