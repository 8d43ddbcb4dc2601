using Orleans.Simulation;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>The randomness of draws, from the seed.</summary>
internal sealed class SimulatedBeacon(SimulatedRandom random) : IBeaconSource
{
    public Beacon Next()
    {
        Span<byte> value = stackalloc byte[32];
        random.Fill(value);
        return new Beacon { Source = "simulated", Value = Domain.Bytes.CopyOf(value) };
    }
}
