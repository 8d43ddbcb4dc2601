namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A race among elected provers on one request.</summary>
[Alias("pm.IElectedRaceRunGrain")]
public interface IElectedRaceRunGrain : IMechanismRunGrain;
