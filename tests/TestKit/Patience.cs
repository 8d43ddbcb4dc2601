namespace ProvingMarket.TestKit;

/// <summary>How long a test waits, in real time, for something that is certain to happen, before it fails instead of hanging.</summary>
public static class Patience
{
    /// <summary>Longer than anything takes on the slowest machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
}
