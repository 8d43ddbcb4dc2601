using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>A mechanism of this market and the grain that runs it.</summary>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="GetRun">The grain of a run, by its key.</param>
internal sealed record RegisteredMechanism(IMechanism Mechanism, Func<IGrainFactory, string, IMechanismRunGrain> GetRun);
