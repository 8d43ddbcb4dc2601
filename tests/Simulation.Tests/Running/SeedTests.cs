using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Simulation.Running;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Tests.Running;

/// <summary>The market keeps its promises on a fixed range of seeds.</summary>
public sealed class SeedTests
{
    private const int Lifecycles = 100;

    [Theory]
    [InlineData(1, 16)]
    public void Nothing_is_violated(long first, long last)
    {
        var report = FaultSearch.Run(first, last, Lifecycles, mechanism: null, done: null, CancellationToken.None);
        Assert.True(report.Violations.IsEmpty, report.ToString());
        Assert.Equal(last - first + 1, report.Runs);

        // A search in which nothing happens finds nothing.
        Assert.All(report.Faults, fault => Assert.True(fault.Value > 0, $"{fault.Key} was never injected"));
        Assert.All(["Fulfilled", "Cancelled", "Expired", "Rejected", "Refused"], end => Assert.True(report.Lifecycles.GetValueOrDefault(end) > 0, $"none ended {end}"));
    }

    /// <summary>Committees prove batches, whole and in part, whatever goes wrong.</summary>
    [Theory]
    [InlineData(1, 6)]
    public void Committees_prove_batches_on_their_own(long first, long last)
    {
        var (whole, inPart) = (0L, 0L);
        for (var seed = first; seed <= last; seed++)
        {
            using var world = new World(new WorldOptions { Seed = seed, Lifecycles = Lifecycles, Mechanisms = [CooperativeParameters.MechanismName] });
            var report = world.Run();
            Assert.True(report.Violations.IsEmpty, $"seed {seed}: {string.Join(", ", report.Violations)}");
            whole += report.Ends.GetValueOrDefault("BatchFulfilled");
            inPart += report.Ends.GetValueOrDefault("BatchInPart");
        }
        Assert.True(whole > 10 && inPart > 0, $"{whole} batches were proved, and {inPart} in part");
    }

    /// <summary>Asks stand, orders are filled from them and every fill is released, whatever goes wrong.</summary>
    [Theory]
    [InlineData(1, 6)]
    public void Order_books_serve_requests_on_their_own(long first, long last)
    {
        var fulfilled = 0L;
        for (var seed = first; seed <= last; seed++)
        {
            using var world = new World(new WorldOptions { Seed = seed, Lifecycles = Lifecycles, Mechanisms = [OrderBookParameters.MechanismName] });
            var report = world.Run();
            Assert.True(report.Violations.IsEmpty, $"seed {seed}: {string.Join(", ", report.Violations)}");
            fulfilled += report.Ends.GetValueOrDefault("Fulfilled");
        }
        Assert.True(fulfilled > 10, $"{fulfilled} requests were served");
    }
}
