namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A Dutch auction on one request: the price rises, and joining takes the lock at the price of that moment
/// (<see cref="IRunForWorkers.JoinAsync"/>).</summary>
[Alias("pm.IDutchAuctionRunGrain")]
public interface IDutchAuctionRunGrain : IMechanismRunGrain;
