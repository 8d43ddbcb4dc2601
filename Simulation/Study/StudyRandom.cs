using Orleans.Simulation;

namespace ProvingMarket.Simulation.Study;

/// <summary>Distributions that the study draws from.</summary>
internal static class StudyRandom
{
    /// <summary>A stream of its own for whatever has a name: what is drawn does not depend on what else is drawn, nor when. So worlds that differ in their
    /// policy have the same random numbers in common.</summary>
    public static SimulatedRandom Of(long seed, string name) => new(unchecked((ulong)seed), $"study {name}");

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller).</summary>
    public static double NextNormal(this SimulatedRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Log-normal.</summary>
    /// <param name="random">The stream.</param>
    /// <param name="median">The median.</param>
    /// <param name="spread">The standard deviation of the logarithm.</param>
    public static double NextLogNormal(this SimulatedRandom random, double median, double spread) => median * Math.Exp(random.NextNormal() * spread);

    /// <summary>Exponential with a mean.</summary>
    public static double NextExponential(this SimulatedRandom random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;
}
