using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.Grains.Tests.Faults;

/// <summary>One fault at every write of a request's whole way, one after another.</summary>
public sealed class CrashBeforeWriteTests : FaultSweep
{
    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData("2")]
    [InlineData("0")]
    public Task The_silo_may_crash_before_any_write(string bond) => SweepAsync(StorageFault.CrashBefore, bond);
}

public sealed class CrashAfterWriteTests : FaultSweep
{
    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData("2")]
    [InlineData("0")]
    public Task The_silo_may_crash_after_any_write(string bond) => SweepAsync(StorageFault.CrashAfter, bond);
}

public sealed class StorageFaultTests : FaultSweep
{
    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData(StorageFault.FailBefore, "2")]
    [InlineData(StorageFault.FailAfter, "2")]
    [InlineData(StorageFault.FailWithReads, "2")]
    [InlineData(StorageFault.FailAfterWithReads, "2")]
    [InlineData(StorageFault.Slow, "2")]
    [InlineData(StorageFault.Conflict, "2")]
    [InlineData(StorageFault.FailBefore, "0")]
    [InlineData(StorageFault.FailAfter, "0")]
    [InlineData(StorageFault.FailWithReads, "0")]
    [InlineData(StorageFault.FailAfterWithReads, "0")]
    [InlineData(StorageFault.Conflict, "0")]
    public Task Any_write_may_go_wrong(StorageFault fault, string bond) => SweepAsync(fault, bond);
}

public abstract class FaultSweep
{
    // What reaches a journal while it writes goes into its next page, so the number is not always the same.
    private const int FewestWrites = 15;
    private const int MostWrites = 60;

    /// <summary>A request for every write there is, until one has ended before its fault came.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="bond">What the cheat loses. Where nothing is slashed the settlement follows from the run's report, and is not written before it is carried out.</param>
    protected static async Task SweepAsync(StorageFault fault, string bond)
    {
        var (market, lifecycle) = await Lifecycle.StartAsync(Given.RaceOf(("bond", bond)));
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
