namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>What is expected of a mechanism that does not forecast itself: one of those who ask at most the ceiling proves it, whichever, and is paid
/// the ceiling. Nothing is known of its prices but that limit: were less expected, a mechanism would be chosen for a price that it never promised. What is learned of it
/// corrects that.</summary>
internal static class NeutralForecast
{
    public static RunForecast Of(RunOutlook outlook)
    {
        var (weight, success) = (0.0, 0.0);
        var timing = new Timing(outlook.BySpeed.Length);
        foreach (var prover in outlook.BySpeed)
        {
            if (prover.Price > outlook.MaxPrice || !prover.IsFree) continue;
            weight += prover.Weight;
            success += prover.Weight * prover.Success;
            timing.Add(prover.Seconds, prover.Weight * prover.Success);
        }
        if (weight <= 0) return RunForecast.Impossible(outlook.Nobody(outlook.MaxPrice, Credits.Zero));
        var (seconds, spread, below) = timing.Shape(2 * RunOutlook.RoundTrip);
        return new RunForecast
        {
            Delivered = success / weight,
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = outlook.MaxPrice.Micro,
            PriceSpread = 0.3,
            Provers = 1,
        };
    }
}
