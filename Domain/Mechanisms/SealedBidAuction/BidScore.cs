namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>What a bid costs the requester in all, in money on a fixed scale: the price, the expected delay and the expected failure. The lowest
/// wins. A bid's score does not depend on who else bids, so that nobody moves it by bidding beside.</summary>
[GenerateSerializer, Immutable, Alias("pm.BidScore")]
public sealed record BidScore
{
    /// <summary>Probabilities are counted in millionths.</summary>
    public const int Certain = 1_000_000;

    /// <summary>The price bid.</summary>
    [Id(0)] public required Credits Price { get; init; }

    /// <summary>The cost of the delay: cost a second times ETA, rounded up.</summary>
    [Id(1)] public required Credits Delay { get; init; }

    /// <summary>The cost of a failure times its probability, rounded up.</summary>
    [Id(2)] public required Credits Failure { get; init; }

    /// <summary>What does not depend on the price.</summary>
    public Credits Quality => Delay + Failure;

    /// <summary>The score.</summary>
    public Credits Total => Price + Quality;

    /// <summary>The score of a bid.</summary>
    /// <param name="price">The price bid.</param>
    /// <param name="eta">The ETA bid.</param>
    /// <param name="failure">The probability that the prover fails, in millionths, as the market has measured it.</param>
    /// <param name="parameters">The auction.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability or the ETA is outside its range.</exception>
    public static BidScore Of(Credits price, TimeSpan eta, int failure, SealedBidParameters parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failure);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(failure, Certain);
        ArgumentOutOfRangeException.ThrowIfLessThan(eta, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eta, MarketLimits.DeadlineHorizon);
        return new BidScore
        {
            Price = price,
            Delay = ScaleUp(parameters.DelayCost, eta.Ticks, TimeSpan.TicksPerSecond),
            Failure = ScaleUp(parameters.FailureCost, failure, Certain),
        };
    }

    private static Credits ScaleUp(Credits amount, long numerator, long denominator) =>
        new(checked((long)(((Int128)amount.Micro * numerator + denominator - 1) / denominator)));
}
