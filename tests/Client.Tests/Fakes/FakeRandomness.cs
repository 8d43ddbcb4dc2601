using ProvingMarket.Client.Calls;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>Always the same: with the fraction 0, back-off waits are half of the nominal delay and renewals come after 80 % of the interval.</summary>
internal sealed class FakeRandomness : IRandomness
{
    private int _secrets;

    public double Fraction { get; set; }

    public double NextFraction() => Fraction;

    public string NextSecret() => $"session-{Interlocked.Increment(ref _secrets)}";
}
