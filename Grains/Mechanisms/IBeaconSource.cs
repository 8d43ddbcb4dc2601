using System.Security.Cryptography;
using ProvingMarket.Domain.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Where the randomness of draws comes from. Register another one before <see cref="MarketServices.AddProvingMarket"/> to replace the
/// market's own.</summary>
public interface IBeaconSource
{
    /// <summary>Randomness that nobody has seen. The run commits to it before it looks for candidates and reveals it with its draw.</summary>
    Beacon Next();
}

/// <summary>The market's own randomness. Committing to it before candidates are known keeps anyone from choosing it to suit them, and keeps provers,
/// who never see it before the draw, from choosing identities that win. It does not protect against an operator of the market who knows the
/// candidates beforehand and opens runs until a draw suits: that takes a beacon from elsewhere.</summary>
internal sealed class MarketBeacon : IBeaconSource
{
    private const int Bytes = 32;

    public Beacon Next() => new() { Source = "market", Value = Domain.Bytes.CopyOf(RandomNumberGenerator.GetBytes(Bytes)) };
}
