using System.Globalization;

namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>What a mechanism forecasts a run from: the request's limits and the provers that meet its constraints.</summary>
public sealed class RunOutlook
{
    /// <summary>Messages, queues and verification, in seconds: from a decision to its effect elsewhere.</summary>
    public const double RoundTrip = 0.05;

    /// <summary>How much one prover's time for proofs of one program varies, whose work is known on average only: the standard deviation of its logarithm. Of 250 mainnet blocks proved on the
    /// same hardware it is 0.31.</summary>
    public const double OwnSpread = 0.35;

    private readonly OutlookProver[] _bySpeed;
    private readonly OutlookProver[] _byPrice;
    private readonly OutlookProver[] _inBook;

    /// <summary>An outlook.</summary>
    /// <param name="bySpeed">Those who meet the request's constraints, the fastest first.</param>
    /// <param name="byPrice">The same, the cheapest first.</param>
    /// <param name="inBook">Those of them who have an open ask in the order book, the cheapest first.</param>
    public RunOutlook(OutlookProver[] bySpeed, OutlookProver[] byPrice, OutlookProver[] inBook)
    {
        (_bySpeed, _byPrice, _inBook) = (bySpeed, byPrice, inBook);
        foreach (var prover in bySpeed) Weight += prover.Weight;
    }

    /// <summary>Those who meet the request's constraints, the fastest first.</summary>
    public ReadOnlySpan<OutlookProver> BySpeed => _bySpeed;

    /// <summary>The same, the cheapest first.</summary>
    public ReadOnlySpan<OutlookProver> ByPrice => _byPrice;

    /// <summary>Those of them who have an open ask in the order book, the cheapest first.</summary>
    public ReadOnlySpan<OutlookProver> InBook => _inBook;

    /// <summary>How many provers they are.</summary>
    public double Weight { get; }

    /// <summary>The price ceiling.</summary>
    public required Credits MaxPrice { get; init; }

    /// <summary>How many provers are wanted side by side.</summary>
    public required int MinRedundancy { get; init; }

    /// <summary>Seconds to the soft deadline.</summary>
    public required double UntilSoft { get; init; }

    /// <summary>Seconds to the hard deadline.</summary>
    public required double UntilHard { get; init; }

    /// <summary>What such a proof usually costs.</summary>
    public required Credits Reference { get; init; }

    /// <summary>The median solo proving time of the program, in seconds; positive.</summary>
    public required double MedianSeconds { get; init; }

    /// <summary>The share of all slots in use, 0–1.</summary>
    public required double Load { get; init; }

    /// <summary>The price that covers the asks of so many per cent of these provers, with a premium on top; never above the ceiling, and never below a tenth
    /// of the reference, so that provers who ask nothing do not make the work worthless; the ceiling when there is nobody.</summary>
    public Credits Posted(int reachPercent, int premiumPercent)
    {
        if (_byPrice.Length == 0) return MaxPrice;
        var (wanted, seen) = (Weight * reachPercent / 100, 0.0);
        var price = Credits.Zero;
        foreach (var prover in _byPrice)
        {
            price = prover.Price;
            seen += prover.Weight;
            if (seen >= wanted - 1e-9) break;
        }
        var least = Math.Max(1, Reference.Micro / 10);
        var posted = Math.Max((double)price.Micro * (100 + premiumPercent) / 100, least);
        return posted >= MaxPrice.Micro ? MaxPrice : new Credits((long)Math.Ceiling(posted));
    }

    /// <summary>The price that is posted where several race: the premium counts by the share of the racers who work for nothing.</summary>
    /// <param name="reachPercent">The share of the provers whose asks it covers.</param>
    /// <param name="premiumPercent">The premium if all but a vanishing share lose.</param>
    /// <param name="places">How many race at most.</param>
    public Credits PostedForRace(int reachPercent, int premiumPercent, int places)
    {
        var racers = Math.Max(1, Math.Min(places, Weight * reachPercent / 100));
        return Posted(reachPercent, (int)Math.Round(premiumPercent * (1 - (1 / racers))));
    }

    /// <summary>A percentage of an amount, rounded down.</summary>
    public static Credits Percent(Credits amount, int percent) => Credits.Min(amount.Scale(percent, 100), MarketLimits.Amount);

    /// <summary>A time as a parameter is written, within its range: seconds with at most three decimals.</summary>
    public static string Seconds(double seconds, double least, double most) =>
        Math.Round(Math.Clamp(seconds, least, most), 3).ToString(CultureInfo.InvariantCulture);

    /// <summary>Why nobody can be expected to take the run.</summary>
    public Refusal Nobody(Credits price, Credits bond)
    {
        if (_bySpeed.Length == 0) return Refusal.Of(ReasonCode.NobodyJoined, "constraints", "provers that meet them", "none now");
        return _byPrice[0].Price > price
            ? Refusal.Of(ReasonCode.PriceBelowAsk, "maxPrice", $"at least the lowest ask, {_byPrice[0].Price} credits", price.ToString())
            : Refusal.Of(ReasonCode.StakeInsufficient, "bond", "provers with as much free stake", bond.ToString());
    }

    /// <summary>Why a mechanism with one prover at a time cannot serve a request that wants several side by side.</summary>
    public Refusal TooFew(int provers) => Refusal.Of(
        ReasonCode.OutOfRange, "constraints.minRedundancy", $"at most {provers}, as many as would work side by side", $"{MinRedundancy}");
}
