namespace ProvingMarket.Grains.Interfaces;

/// <summary>Names that silos and clients must agree on.</summary>
public static class MarketNames
{
    /// <summary>The name of the cluster and of its service when none is configured.</summary>
    public const string Cluster = "proving-market";
}
