using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Routing;

/// <summary>Who of a program's provers meets a request's constraints, how many the others are by the first limit they fail, and which change of one limit
/// would let some of them in.</summary>
public sealed class SupplySelection
{
    private static readonly ImmutableArray<ReasonCode> Limits =
    [
        ReasonCode.ProverExcluded, ReasonCode.HardwareMissing, ReasonCode.StakeBelowMinimum, ReasonCode.ProverPaused, ReasonCode.DeadlineTooSoon,
        ReasonCode.PriceBelowAsk,
    ];

    /// <summary>Most provers in <see cref="Absent"/>.</summary>
    public const int MostAbsent = 8;

    private const int Lists = 1;
    private const int Hardware = 2;
    private const int Stake = 4;
    private const int Paused = 8;
    private const int Deadline = 16;
    private const int Price = 32;

    private SupplySelection()
    {
    }

    /// <summary>Those who meet them, the fastest first.</summary>
    public required OutlookProver[] BySpeed { get; init; }

    /// <summary>The same, the cheapest first.</summary>
    public required OutlookProver[] ByPrice { get; init; }

    /// <summary>Those of them with an open ask in the book, the cheapest first.</summary>
    public required OutlookProver[] InBook { get; init; }

    /// <summary>How many they are.</summary>
    public required int Eligible { get; init; }

    /// <summary>How many are not, by the first limit they fail.</summary>
    public required ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; }

    /// <summary>Changes of one limit that would let further ones in, the smallest first.</summary>
    public required ImmutableArray<Relaxation> Relaxations { get; init; }

    /// <summary>Those of the allowed provers who are not connected or do not serve the program, in the requester's order; the first <see cref="MostAbsent"/>.</summary>
    public required ImmutableArray<string> Absent { get; init; }

    /// <summary>Selects. A list of allowed provers is looked up exactly, whatever the number of provers.</summary>
    public static SupplySelection Of(ProgramSupply supply, RouteQuestion question)
    {
        var allowed = question.Constraints.AllowedProvers;
        var bySpeed = allowed.IsEmpty ? supply.BySpeed : [.. allowed.Distinct(StringComparer.Ordinal).Select(supply.Find).OfType<OutlookProver>().OrderBy(prover => prover.Seconds)];
        var failed = new int[bySpeed.Length];
        var (counts, closest) = (new double[Limits.Length], new OutlookProver?[Limits.Length]);
        var (onlyOne, eligible, kept) = (new double[Limits.Length], 0.0, 0);
        for (var i = 0; i < bySpeed.Length; i++)
        {
            var prover = bySpeed[i];
            var mask = failed[i] = Failed(prover, question);
            if (mask == 0)
            {
                eligible += prover.Weight;
                kept++;
                continue;
            }
            var first = System.Numerics.BitOperations.TrailingZeroCount(mask);
            counts[first] += prover.Weight;
            if ((mask & (mask - 1)) != 0) continue;
            onlyOne[first] += prover.Weight;
            if (closest[first] is not { } other || IsCloser(first, prover, other)) closest[first] = prover;
        }
        // Those whom a list of allowed provers does not name are left out by it, whoever they are.
        if (!allowed.IsEmpty) counts[0] += supply.Serving - bySpeed.Length;
        return new SupplySelection
        {
            BySpeed = kept == bySpeed.Length ? bySpeed : Where(bySpeed, failed, kept),
            ByPrice = InOrder(allowed.IsEmpty ? supply.ByPrice : [.. bySpeed.OrderBy(prover => prover.Price)], question, kept),
            InBook = InOrder(allowed.IsEmpty ? supply.InBook : [.. bySpeed.Where(prover => prover.BookPrice is not null).OrderBy(prover => prover.BookPrice)], question, null),
            Eligible = (int)Math.Round(eligible),
            LeftOut = Counted(counts, supply),
            Relaxations = [.. Relaxed(onlyOne, closest, question).Concat(Allowed(supply, question)).OrderBy(change => change.Percent).ThenBy(change => change.Limit)],
            Absent = [.. allowed.Distinct(StringComparer.Ordinal).Where(id => supply.Find(id) is null).Take(MostAbsent)],
        };
    }

    /// <summary>What it would change to allow those as well who meet everything else, the fastest of them first.</summary>
    private static IEnumerable<Relaxation> Allowed(ProgramSupply supply, RouteQuestion question)
    {
        if (question.Constraints.AllowedProvers.IsEmpty) yield break;
        var known = question.Constraints.AllowedProvers.ToHashSet(StringComparer.Ordinal);
        var (count, fastest) = (0.0, (OutlookProver?)null);
        foreach (var prover in supply.BySpeed)
        {
            if (known.Contains(prover.ProverId) || Failed(prover, question) != 0) continue;
            count += prover.Weight;
            fastest ??= prover;
        }
        if (fastest is not null) yield return new Relaxation { Limit = ReasonCode.ProverExcluded, Provers = (int)Math.Round(count), Change = $"{fastest.ProverId} among allowedProvers", Percent = 100 };
    }

    private static int Failed(OutlookProver prover, RouteQuestion question)
    {
        var constraints = question.Constraints;
        var failed = 0;
        if (constraints.DeniedProvers.Length > 0 && prover.Weight == 1 && constraints.DeniedProvers.Contains(prover.ProverId)) failed |= Lists;
        foreach (var tag in constraints.Hardware)
        {
            if (!prover.Hardware.Contains(tag)) failed |= Hardware;
        }
        if (prover.Stake < constraints.MinStake) failed |= Stake;
        if (prover.IsPaused) failed |= Paused;
        if (prover.Seconds > question.UntilHard.TotalSeconds) failed |= Deadline;
        if (prover.Price > question.MaxPrice) failed |= Price;
        return failed;
    }

    private static bool IsCloser(int limit, OutlookProver prover, OutlookProver other) => (1 << limit) switch
    {
        Stake => prover.Stake > other.Stake,
        Deadline => prover.Seconds < other.Seconds,
        Price => prover.Price < other.Price,
        _ => false,
    };

    private static OutlookProver[] Where(OutlookProver[] provers, int[] failed, int kept)
    {
        var (selected, next) = (new OutlookProver[kept], 0);
        for (var i = 0; i < provers.Length; i++)
        {
            if (failed[i] == 0) selected[next++] = provers[i];
        }
        return selected;
    }

    private static OutlookProver[] InOrder(OutlookProver[] provers, RouteQuestion question, int? kept)
    {
        if (kept == provers.Length) return provers;
        var selected = new List<OutlookProver>(kept ?? provers.Length);
        foreach (var prover in provers)
        {
            if (Failed(prover, question) == 0) selected.Add(prover);
        }
        return [.. selected];
    }

    private static ImmutableSortedDictionary<ReasonCode, int> Counted(double[] counts, ProgramSupply supply)
    {
        var leftOut = ImmutableSortedDictionary.CreateBuilder<ReasonCode, int>();
        for (var i = 0; i < Limits.Length; i++)
        {
            if (counts[i] > 0) leftOut[Limits[i]] = (int)Math.Round(counts[i]);
        }
        if (supply.NotServing > 0) leftOut[ReasonCode.ProgramNotServed] = supply.NotServing;
        if (supply.NotLive > 0) leftOut[ReasonCode.ProverNotLive] = supply.NotLive;
        return leftOut.ToImmutable();
    }

    private static List<Relaxation> Relaxed(double[] onlyOne, OutlookProver?[] closest, RouteQuestion question)
    {
        var changes = new List<Relaxation>();
        for (var i = 0; i < Limits.Length; i++)
        {
            if (closest[i] is not { } prover) continue;
            var (change, percent) = (1 << i) switch
            {
                Price => ($"maxPrice {prover.Price} instead of {question.MaxPrice} credits", Increase(prover.Price.Micro, question.MaxPrice.Micro)),
                Deadline => (
                    string.Create(CultureInfo.InvariantCulture, $"a hard deadline {prover.Seconds:0.###} instead of {question.UntilHard.TotalSeconds:0.###} seconds after submission"),
                    Increase(prover.Seconds, question.UntilHard.TotalSeconds)),
                Stake => ($"minStake {prover.Stake} instead of {question.Constraints.MinStake} credits", Decrease(prover.Stake.Micro, question.Constraints.MinStake.Micro)),
                Hardware => ($"no demand for hardware {string.Join(", ", question.Constraints.Hardware.Where(tag => !prover.Hardware.Contains(tag)))}", 100),
                Lists => ($"{prover.ProverId} not denied", 100),
                _ => ("a later submission, when their pause is over", 100),
            };
            changes.Add(new Relaxation { Limit = Limits[i], Provers = (int)Math.Round(onlyOne[i]), Change = change, Percent = percent });
        }
        return changes;
    }

    private static int Increase(double to, double from) => (int)Math.Min(1_000_000, Math.Ceiling((((to / Math.Max(from, 1e-9)) - 1) * 100) - 1e-6));

    private static int Decrease(double to, double from) => (int)Math.Ceiling(((1 - (to / Math.Max(from, 1e-9))) * 100) - 1e-6);
}
