using System.Security.Cryptography;

namespace ProvingMarket.Client.Calls;

/// <summary>Where the client takes its randomness from; injected, so that a test or a simulation can decide it.</summary>
internal interface IRandomness
{
    /// <summary>A number in [0, 1).</summary>
    double NextFraction();

    /// <summary>An identifier nobody can guess.</summary>
    string NextSecret();
}

/// <summary>The operating system's randomness.</summary>
internal sealed class SystemRandomness : IRandomness
{
    public double NextFraction() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    public string NextSecret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
