using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ProvingMarket.Domain.Routing;

/// <summary>How outcomes change what the market has learned.</summary>
public static class LearningRules
{
    /// <summary>What the structural model counts for beside outcomes: it is given up for them after some eight.</summary>
    public const double Prior = 8;

    /// <summary>What a cell for all programs and loads counts for in one of a program and load.</summary>
    public const double CoarsePrior = 16;

    /// <summary>One account makes up at most this share of what a cell is judged by, the prior included, however many requests it makes.</summary>
    public const double LargestShare = 0.25;

    /// <summary>How much an outcome still counts after another one of its cell that counts for one: half after about 140.</summary>
    public const double Remembered = 0.995;

    /// <summary>How many prices of a program are remembered.</summary>
    public const int PricesKept = 64;

    /// <summary>How many of them one account may have paid.</summary>
    public const int PricesOfAccount = PricesKept / 8;

    /// <summary>So many prices have to be known before they say what is usual.</summary>
    public const int PricesBeforeTrust = 8;

    /// <summary>So many cells are known at most; then those make room that tell least (<see cref="Forgetting"/>).</summary>
    public const int MostCells = 4096;

    /// <summary>Of so many programs prices are remembered at most.</summary>
    public const int MostPrograms = 4096;

    // In outcomes of the market: a cell of a hundred that nobody has used since tells as much as one of a single outcome after some seven of them.
    private const double HalfLife = 65_536;
    private const int RecentKept = 4096;

    /// <summary>The statistics after an outcome; the same when it was counted before.</summary>
    public static MarketStatistics After(MarketStatistics statistics, RouteOutcome outcome)
    {
        if (statistics.Recent.Contains(outcome.RequestId) || statistics.Earlier.Contains(outcome.RequestId)) return statistics;
        var isFull = statistics.Recent.Count >= RecentKept;
        var cells = statistics.Cells;
        var number = statistics.Version + 1;
        foreach (var key in (CellKey[])[outcome.Basis.Cell, outcome.Basis.Cell.Coarse])
        {
            if (!cells.TryGetValue(key.Name, out var cell))
            {
                cell = new LearnedCell { Key = key };
                cells = cells.RemoveRange(Forgetting.ForRoom(cells, MostCells, known => (known.Count, known.LastAt), number, HalfLife));
            }
            cells = cells.SetItem(key.Name, After(cell, outcome) with { LastAt = number });
        }
        return statistics with
        {
            Version = number,
            Cells = cells,
            Prices = outcome.Succeeded && outcome.Paid > Credits.Zero ? WithPrice(statistics.Prices, outcome, number) : statistics.Prices,
            Holdings = CoverageRules.WithHolding(statistics.Holdings, outcome),
            Recent = isFull ? statistics.Recent.Clear().Add(outcome.RequestId) : statistics.Recent.Add(outcome.RequestId),
            Earlier = isFull ? statistics.Recent : statistics.Earlier,
        };
    }

    /// <summary>A cell after an outcome. An account that has more than its share already adds only as much as keeps it there.</summary>
    public static LearnedCell After(LearnedCell cell, RouteOutcome outcome)
    {
        var counted = AccountShares.Count(cell.Accounts, cell.Count, outcome.Account, LargestShare);
        var (weight, left) = (counted.Weight, counted.Left);
        var ofSuccess = outcome.Succeeded ? weight : 0;
        var basis = outcome.Basis;
        return cell with
        {
            Count = (cell.Count * left) + weight,
            Expected = (cell.Expected * left) + (weight * basis.ExpectedPpm / 1_000_000.0),
            Succeeded = (cell.Succeeded * left) + ofSuccess,
            Times = After(cell.Times, left, ofSuccess, Residuals.Of(outcome.Took.TotalMilliseconds, basis.Milliseconds, basis.TimeSpreads)),
            Prices = After(cell.Prices, left, ofSuccess, Residuals.Of(outcome.Paid.Micro, basis.Price.Micro, basis.PriceSpreads)),
            ResistanceExpected = (cell.ResistanceExpected * left) + (ofSuccess * (1 - double.Exp2(-basis.ProversMilli / 1000.0))),
            ResistanceSeen = (cell.ResistanceSeen * left) + (ofSuccess * (1 - double.Exp2(-outcome.Provers))),
            Accounts = AccountShares.After(cell.Accounts, outcome.Account, counted),
        };
    }

    /// <summary>The median price paid for a program's proofs; null while too few are known.</summary>
    public static Credits? MedianPrice(MarketStatistics statistics, string programId)
    {
        if (!statistics.Prices.TryGetValue(programId, out var prices) || prices.Length < PricesBeforeTrust) return null;
        var sorted = prices.Select(paid => paid.Price.Micro).Order().ToArray();
        return new Credits(sorted[sorted.Length / 2]);
    }

    private static ImmutableArray<double> After(ImmutableArray<double> bins, double left, double weight, double z)
    {
        var aged = new double[Residuals.Bins];
        for (var i = 0; i < aged.Length; i++) aged[i] = bins[i] * left;
        if (weight > 0) aged[Residuals.BinOf(z)] += weight;
        return ImmutableCollectionsMarshal.AsImmutableArray(aged);
    }

    private static ImmutableDictionary<string, ImmutableArray<PaidPrice>> WithPrice(
        ImmutableDictionary<string, ImmutableArray<PaidPrice>> prices, RouteOutcome outcome, long number)
    {
        if (!prices.TryGetValue(outcome.ProgramId, out var known))
        {
            prices = prices.RemoveRange(Forgetting.ForRoom(prices, MostPrograms, paid => (paid.Length, paid[^1].At), number, HalfLife));
            known = [];
        }
        var paid = new PaidPrice { Account = outcome.Account, Price = outcome.Paid, At = number };
        var own = known.Count(price => price.Account == outcome.Account);
        // Its own oldest price makes room when it has its share, else the oldest of all.
        if (own >= PricesOfAccount) known = known.Remove(known.First(price => price.Account == outcome.Account));
        else if (known.Length >= PricesKept) known = known.RemoveAt(0);
        return prices.SetItem(outcome.ProgramId, known.Add(paid));
    }
}
