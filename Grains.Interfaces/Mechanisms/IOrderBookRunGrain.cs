namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A run that is matched against the order book of its program: the best asks are called, one for each place.</summary>
[Alias("pm.IOrderBookRunGrain")]
public interface IOrderBookRunGrain : IMechanismRunGrain;
