namespace ProvingMarket.Grains.Infrastructure;

/// <summary>Names of grain storage providers.</summary>
public static class StorageNames
{
    /// <summary>The storage that holds all market state.</summary>
    public const string Market = "market";
}
