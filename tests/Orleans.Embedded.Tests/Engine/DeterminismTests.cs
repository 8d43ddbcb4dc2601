using Orleans.Runtime.Storage;

namespace Orleans.Engine;

/// <summary>The engine touches no thread, clock or randomness but those it is given: it can be run on one thread, and repeats itself.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void A_run_of_everything_stays_on_one_thread_and_repeats_itself()
    {
        var first = Run();
        var second = Run();

        Assert.True(first.Count > 300, $"Only {first.Count} entries.");
        Assert.Equal(first, second);
        Assert.DoesNotContain(first, entry => entry.Contains("ANOTHER THREAD", StringComparison.Ordinal));
        Assert.Contains(first, entry => entry.Contains("timed out", StringComparison.Ordinal));
        Assert.Contains(first, entry => entry.Contains("reminder", StringComparison.Ordinal));
        Assert.Contains(first, entry => entry.Contains("tick", StringComparison.Ordinal));
        Assert.Contains(first, entry => entry.Contains("deactivated ActivationIdle", StringComparison.Ordinal));
    }

    private static List<string> Run()
    {
        var stores = new MemoryStores();
        var clock = new ProvingMarket.TestKit.FakeTimeProvider();
        var entries = new List<string>();
        for (var life = 0; life < 2; life++)
        {
            using var host = new ManualHost(clock, stores);
            host.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.Grains.GetGrain<ITraceGrain>($"{i}").Play(3, 20))));
            host.Advance(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(7));
            host.Advance(TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(1));
            host.Stop();
            entries.AddRange(host.Journal.Of("trace"));
        }

        return entries;
    }

}
