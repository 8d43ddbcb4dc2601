using Orleans.Hosting;

namespace Orleans.Simulation;

/// <summary>Makes simulations for the tests.</summary>
internal static class Worlds
{
    internal static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    internal static SimulationOptions Options(ulong seed = 1, FaultRates? faults = null) => new()
    {
        Seed = seed,
        Faults = faults ?? FaultRates.None,
        ConfigureSilo = static silo => silo.UseGrainClasses(typeof(CounterGrain), typeof(TransferGrain), typeof(TickerGrain)),
    };

    internal static SimulatedCluster Create(ulong seed = 1, FaultRates? faults = null) => new(Options(seed, faults));

    /// <summary>Runs a client to its end.</summary>
    internal static T Run<T>(this SimulatedCluster cluster, Func<SimulatedProcess, Task<T>> client)
    {
        Task<T>? result = null;
        Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Hour), "The silo does not start.");
        cluster.StartProcess("client", async process =>
        {
            result = client(process);
            await result;
        });
        Assert.True(cluster.RunUntil(() => result is { IsCompleted: true } && cluster.Processes.All(process => process.Name != "client"), 24 * Hour), "The client does not end.");
        return result!.Result;
    }

    internal static void Run(this SimulatedCluster cluster, Func<SimulatedProcess, Task> client) => cluster.Run(async process =>
    {
        await client(process);
        return true;
    });
}
