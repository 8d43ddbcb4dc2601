using Orleans.Simulation;
using ProvingMarket.Client.Calls;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>A process's randomness, as the client takes it.</summary>
internal sealed class SimulatedRandomness(SimulatedRandom random) : IRandomness
{
    public double NextFraction() => random.NextDouble();

    public string NextSecret()
    {
        Span<byte> secret = stackalloc byte[16];
        random.Fill(secret);
        return Convert.ToHexStringLower(secret);
    }
}
