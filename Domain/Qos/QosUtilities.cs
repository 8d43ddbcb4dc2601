namespace ProvingMarket.Domain.Qos;

/// <summary>How good each quality of a served request was, or is expected to be, each from 0 (worthless) to 1 (as good as it gets). Every scale is fixed: it
/// depends on the request and on learned constants, never on who else is in the field, since scores relative to the field can be moved by offers that
/// nobody takes (Bergman and Lundberg, Tender evaluation and supplier selection methods, 2013).</summary>
public readonly record struct QosUtilities
{
    /// <summary>Nothing was delivered by the hard deadline: no quality at all.</summary>
    public static readonly QosUtilities NotServed;

    /// <summary>Of <see cref="SpeedOf"/>.</summary>
    public required double Speed { get; init; }

    /// <summary>Of <see cref="CostOf"/>.</summary>
    public required double Cost { get; init; }

    /// <summary>Of <see cref="SafetyOf"/> beforehand; 1 afterwards, when a valid proof came in time.</summary>
    public required double Safety { get; init; }

    /// <summary>Of <see cref="CensorshipResistanceOf"/>.</summary>
    public required double CensorshipResistance { get; init; }

    /// <summary>2^(−latency / half-life): 1 at once, ½ after a half-life.</summary>
    /// <param name="latency">From submission to the verified proof; a negative one counts as none.</param>
    /// <param name="halfLife">After which a proof is worth half: the requester's own, or the program's median solo proving time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The half-life is not positive.</exception>
    public static double SpeedOf(TimeSpan latency, TimeSpan halfLife)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        return double.Exp2(-Math.Max(0, latency / halfLife));
    }

    /// <summary>2^(−price / reference): 1 for nothing, ½ at the reference price.</summary>
    /// <param name="price">What the requester paid.</param>
    /// <param name="reference">The median price paid for the program's work, as learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference is not positive.</exception>
    public static double CostOf(Credits price, Credits reference)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(reference.Micro, 0, nameof(reference));
        return double.Exp2(-Math.Max(0, (double)price.Micro / reference.Micro));
    }

    /// <summary>The nines of a promise, four of them being all that counts: min(1, −log10(1 − P) / 4). 0.9 is worth ¼, 0.99 is worth ½.</summary>
    /// <param name="delivered">P(a valid proof by the hard deadline), 0–1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is no probability.</exception>
    public static double SafetyOf(double delivered)
    {
        if (!(delivered is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(delivered), delivered, "A probability is from 0 to 1.");
        return delivered == 1 ? 1 : Math.Min(1, -Math.Log10(1 - delivered) / 4);
    }

    /// <summary>1 − q^k: the chance that not all of k independent provers who could deliver withhold the proof, each with probability q = ½.</summary>
    /// <param name="independentProvers">k, not negative.</param>
    public static double CensorshipResistanceOf(int independentProvers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(independentProvers);
        return 1 - double.Exp2(-independentProvers);
    }

    /// <summary>The mean, weighted by what matters to the requester, from 0 to 1. The loss of quality of service is 1 minus it.</summary>
    /// <exception cref="ArgumentException">All weights are zero (<see cref="QosWeights.Check"/>).</exception>
    public double ScoreFor(QosWeights weights)
    {
        double sum = weights.Speed + weights.Cost + weights.Safety + weights.CensorshipResistance;
        if (sum <= 0) throw new ArgumentException("At least one weight is above zero.", nameof(weights));
        return ((weights.Speed * Speed) + (weights.Cost * Cost) + (weights.Safety * Safety)
            + (weights.CensorshipResistance * CensorshipResistance)) / sum;
    }
}
