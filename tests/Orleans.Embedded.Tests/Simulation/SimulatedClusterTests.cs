namespace Orleans.Simulation;

/// <summary>The engine in virtual time, when nothing goes wrong.</summary>
public sealed class SimulatedClusterTests
{
    [Fact]
    public void A_client_calls_grains_and_their_state_is_durable()
    {
        using var cluster = Worlds.Create();
        var count = cluster.Run(process => process.Grains.GetGrain<ICounterGrain>("a").Add("1", 3));

        Assert.Equal(3, count);
        var record = Assert.Single(cluster.Disk.Records);
        Assert.Equal(("sim", "counter", 3L), (record.StorageName, record.StateName, record.Read<CounterState>().Count));
    }
}
