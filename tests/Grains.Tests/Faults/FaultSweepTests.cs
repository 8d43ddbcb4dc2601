using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.Grains.Tests.Faults;

/// <summary>One fault at every write of a request's whole way, one after another.</summary>
public sealed class CrashBeforeWriteTests : FaultSweep
{
    [Fact]
    public Task The_silo_may_crash_before_any_write() => SweepAsync(StorageFault.CrashBefore);
}

public sealed class CrashAfterWriteTests : FaultSweep
{
    [Fact]
    public Task The_silo_may_crash_after_any_write() => SweepAsync(StorageFault.CrashAfter);
}

public sealed class StorageFaultTests : FaultSweep
{
    [Theory]
    [InlineData(StorageFault.FailBefore)]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.FailWithReads)]
    [InlineData(StorageFault.FailAfterWithReads)]
    [InlineData(StorageFault.Slow)]
    [InlineData(StorageFault.Conflict)]
    public Task Any_write_may_go_wrong(StorageFault fault) => SweepAsync(fault);
}

public abstract class FaultSweep
{
    // Shards that two writes reach at once may write once or twice, so the number is not always the same.
    private const int FewestWrites = 15;
    private const int MostWrites = 60;

    /// <summary>A request for every write there is, until one has ended before its fault came.</summary>
    protected static async Task SweepAsync(StorageFault fault)
    {
        var (market, lifecycle) = await Lifecycle.StartAsync();
        await using (market)
        {
            var nth = 0;
            do
            {
                market.Faults.Plan(++nth, fault);
                try
                {
                    await lifecycle.RunAsync($"r{nth}");
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"{fault} at write {nth}: {e.Message}{Environment.NewLine}{market.Log}", e);
                }
            }
            while (market.Faults.Reset() && nth <= MostWrites);
            Assert.InRange(nth, FewestWrites + 1, MostWrites);
        }
    }
}
