using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>The same value for every draw of a seed: a draw depends on request, stage and prover beside it, so requests are drawn for independently, and
/// not by the order in which they happen to ask.</summary>
/// <param name="seed">The seed.</param>
internal sealed class StudyBeacon(long seed) : IBeaconSource
{
    private readonly Beacon _value = Draw(seed);

    public Beacon Next() => _value;

    private static Beacon Draw(long seed)
    {
        Span<byte> value = stackalloc byte[32];
        StudyRandom.Of(seed, "beacon").Fill(value);
        return new Beacon { Source = "simulated", Value = Bytes.CopyOf(value) };
    }
}
