namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A race on one request: everyone eligible may join, the first verified proof wins.</summary>
[Alias("pm.IRaceRunGrain")]
public interface IRaceRunGrain : IMechanismRunGrain;
