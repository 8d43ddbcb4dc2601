namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A random election on one request: one prover at a time, with backups.</summary>
[Alias("pm.IRandomElectionRunGrain")]
public interface IRandomElectionRunGrain : IMechanismRunGrain;
