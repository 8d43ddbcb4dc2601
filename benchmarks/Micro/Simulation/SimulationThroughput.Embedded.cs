using System.Diagnostics;
using System.Globalization;
using Orleans.Simulation;

namespace ProvingMarket.Benchmarks.Micro.Simulation;

/// <summary>What simulations cost: a world, a step, and a lifecycle of 40 calls and 20 writes, on one thread.</summary>
internal static class SimulationThroughput
{
    private const int Reads = 19;
    private const int Posts = 20;

    public static int Run(string[] args)
    {
        var worlds = Arguments.Number(args, "--worlds", 300);
        var lifecycles = Arguments.Number(args, "--lifecycles", 500);
        var rounds = Arguments.Number(args, "--rounds", 5);

        Measure("first world", 1, () => World(1, FaultRates.None, 1));
        Measure("worlds with one lifecycle", worlds, () => World(2, FaultRates.None, 1), worlds);
        Measure("worlds with one lifecycle, faults drawn", worlds, () => World(2, null, 1), worlds);
        for (var i = 0; i < rounds; i++)
        {
            var seed = (ulong)i + 10;
            Measure($"lifecycles, no faults, seed {seed}", lifecycles, () => World(seed, FaultRates.None, lifecycles));
            Measure($"lifecycles, faults drawn, seed {seed}", lifecycles, () => World(seed, null, lifecycles));
        }

        return 0;
    }

    private static long World(ulong seed, FaultRates? faults, int lifecycles)
    {
        using var cluster = new SimulatedCluster(new SimulationOptions
        {
            Seed = seed,
            Faults = faults,
            ConfigureSilo = static silo => silo.UseGrainClasses(typeof(LedgerGrain), typeof(JobGrain)),
        });
        var left = lifecycles;
        var done = 0;
        for (var i = 0; i < Math.Min(16, lifecycles); i++)
        {
            cluster.StartProcess(string.Create(CultureInfo.InvariantCulture, $"client-{i}"), async process =>
            {
                while (left-- > 0)
                {
                    await RunJobAsync(process, left);
                    done++;
                }
            });
        }

        if (!cluster.RunUntil(() => done == lifecycles, TimeSpan.FromDays(30))) throw new InvalidOperationException("The lifecycles do not end.");
        return cluster.Steps;
    }

    private static async Task RunJobAsync(SimulatedProcess process, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"job-{number}");
        while (true)
        {
            try
            {
                await process.Grains.GetGrain<IJobGrain>(name).Run(Reads, Posts);
                return;
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), process.Clock);
            }
        }
    }

    private static void Measure(string name, int units, Func<long> run, int times = 1)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var processor = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var steps = 0L;
        for (var i = 0; i < times; i++) steps += run();
        var elapsed = watch.Elapsed;
        var cpu = Environment.CpuUsage.TotalTime - processor;
        var bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-46} {elapsed.TotalMicroseconds / units,10:N1} µs each  {cpu.TotalMicroseconds / units,10:N1} µs CPU  {steps / (double)units,8:N0} steps  {elapsed.TotalNanoseconds / steps,8:N0} ns/step  {bytes / 1024.0 / units,8:N0} KiB"));
    }
}
