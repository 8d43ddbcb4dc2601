using System.Security.Cryptography;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Where the randomness of draws comes from. Register another one before <see cref="MarketServices.AddProvingMarket"/> to replace the
/// market's own. Both are called in a run's turn: they answer at once, from what the source knows, and fetch nothing.</summary>
public interface IBeaconSource
{
    /// <summary>Randomness that nobody knows yet: a value that nobody has seen, or a round of a public beacon that is published after now (<see cref="BeaconSchedule"/>). What is public already is
    /// none: whoever submits a request could vary it until the draw suits.</summary>
    Beacon Next();

    /// <summary>What a round of this source that a run has committed to has turned out to be; null when the source does not know it (yet): the run asks again after 1, 2, 4, … seconds, at most 15.
    /// Not asked by runs that have committed to a value.</summary>
    Bytes? ValueOf(Beacon round) => null;
}

/// <summary>The market's own randomness. Committing to it before candidates are known keeps anyone from choosing it to suit them, and keeps provers,
/// who never see it before the draw, from choosing identities that win. Nor can whoever submits a request vary it until the
/// draw suits: when it is submitted there is no value yet. It does not protect against an operator of the market who knows the
/// candidates beforehand and opens runs until a draw suits: that takes a beacon from elsewhere.</summary>
internal sealed class MarketBeacon : IBeaconSource
{
    private const int Length = 32;

    public Beacon Next() => new() { Source = "market", Value = Bytes.CopyOf(RandomNumberGenerator.GetBytes(Length)) };
}
