namespace Orleans.Simulation;

/// <summary>How often things go wrong. Probabilities are between 0 and 1.</summary>
public sealed record FaultRates
{
    /// <summary>Gets rates at which nothing goes wrong.</summary>
    public static FaultRates None { get; } = new();

    /// <summary>Gets the probability, for each step, that the silo crashes.</summary>
    public double SiloCrash { get; init; }

    /// <summary>Gets the probability, for each step, that one of the processes that may crash does.</summary>
    public double ProcessCrash { get; init; }

    /// <summary>Gets the probability, for each call, that it is lost.</summary>
    public double CallLost { get; init; }

    /// <summary>Gets the probability, for each call, that its outcome is lost.</summary>
    public double ReplyLost { get; init; }

    /// <summary>Gets the probability, for each way of a call, there and back, that it takes long.</summary>
    public double CallDelayed { get; init; }

    /// <summary>Gets the probability, for each call of a process, that it is made twice.</summary>
    public double CallDuplicated { get; init; }

    /// <summary>Gets the probability, for each storage operation, that it fails without effect.</summary>
    public double StorageFailedBefore { get; init; }

    /// <summary>Gets the probability, for each write, that it fails after it took effect.</summary>
    public double StorageFailedAfter { get; init; }

    /// <summary>Gets the probability, for each storage operation, that it takes long.</summary>
    public double StorageSlow { get; init; }

    /// <summary>Gets the probability, for each write, that another has changed the record.</summary>
    public double ETagConflict { get; init; }

    /// <summary>Gets the greatest error of wall clocks, in either direction.</summary>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>
    /// Draws rates: which kinds of faults there are, and how often. Some simulations have few kinds and many faults, others the reverse. Crashes are rare enough for
    /// a silo to come up between them: a start that reads hundreds of records takes thousands of steps.
    /// </summary>
    /// <param name="random">The randomness.</param>
    /// <returns>The rates.</returns>
    public static FaultRates Draw(SimulatedRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new FaultRates
        {
            SiloCrash = Rate(random, 2e-6, 1e-4),
            ProcessCrash = Rate(random, 2e-6, 2e-4),
            CallLost = Rate(random, 1e-4, 0.03),
            ReplyLost = Rate(random, 1e-4, 0.03),
            CallDelayed = Rate(random, 1e-4, 0.05),
            CallDuplicated = Rate(random, 1e-4, 0.05),
            StorageFailedBefore = Rate(random, 1e-4, 0.01),
            StorageFailedAfter = Rate(random, 1e-4, 0.03),
            StorageSlow = Rate(random, 1e-4, 0.03),
            ETagConflict = Rate(random, 1e-4, 0.03),
            ClockSkew = random.Chance(0.5) ? TimeSpan.FromMinutes(5) * random.NextDouble() : TimeSpan.Zero,
        };
    }

    // Half of the kinds are on; how hard is drawn evenly over the orders of magnitude.
    private static double Rate(SimulatedRandom random, double least, double greatest) => random.Chance(0.5) ? random.NextLogarithmic(least, greatest) : 0;
}
