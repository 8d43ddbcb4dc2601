namespace ProvingMarket.Client.Tests.Fakes;

internal static class Patience
{
    /// <summary>How long a barrier is waited for before the test is declared failed. No test takes that long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);
}
