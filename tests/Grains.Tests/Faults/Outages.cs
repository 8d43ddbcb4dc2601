using ProvingMarket.TestKit.Cluster;

namespace ProvingMarket.Grains.Tests.Faults;

/// <summary>What clients and operators do about faults.</summary>
internal static class Outages
{
    private const int Attempts = 10;

    /// <summary>What a client does: the same call until it is answered.</summary>
    public static async Task<T> InsistAsync<T>(this MarketCluster market, Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await market.CompleteAsync(call());
            }
            catch (Exception) when (attempt < Attempts)
            {
                await market.RestartIfCrashedAsync();
                await market.AdvanceAsync(TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>What an operator does: a silo that crashed is started again.</summary>
    public static async Task RestartIfCrashedAsync(this MarketCluster market)
    {
        if (!market.Faults.Crashed.IsCompleted) return;
        await market.KillAsync();
        market.Faults.NoteRestart();
        market.Time.Advance(TimeSpan.FromSeconds(1));
        await market.RestartAsync();
    }

    /// <summary>The answer to a call that is not worth repeating, or null.</summary>
    public static async Task<T?> TryAsync<T>(this MarketCluster market, Func<Task<T?>> call)
        where T : class
    {
        try
        {
            return await market.CompleteAsync(call());
        }
        catch (Exception)
        {
            return null;
        }
    }
}
