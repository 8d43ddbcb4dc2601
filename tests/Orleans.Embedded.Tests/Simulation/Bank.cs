using System.Globalization;

namespace Orleans.Simulation;

/// <summary>A little of everything at once: clients that move amounts between counters and crash, observers, timers, reminders.</summary>
internal static class Bank
{
    internal static readonly string[] Accounts = ["a", "b", "c", "d", "e"];

    internal static readonly FaultRates AllFaults = new()
    {
        SiloCrash = 0.001,
        ProcessCrash = 0.0005,
        CallLost = 0.02,
        ReplyLost = 0.02,
        CallDelayed = 0.03,
        CallDuplicated = 0.05,
        StorageFailedBefore = 0.02,
        StorageFailedAfter = 0.02,
        StorageSlow = 0.02,
        ETagConflict = 0.02,
        ClockSkew = TimeSpan.FromMinutes(5),
    };

    internal static SimulatedCluster Create(ulong seed, FaultRates? faults, TextWriter? trace = null, bool isExternal = false)
    {
        var cluster = new SimulatedCluster(Worlds.Options(seed, faults) with { Faults = faults, Trace = trace, ExternalSynchrony = isExternal });
        for (var i = 0; i < 4; i++)
        {
            cluster.StartProcess(string.Create(CultureInfo.InvariantCulture, $"mover-{i}"), Move, new SimulatedProcessOptions { MayCrash = true });
        }

        cluster.StartProcess("listener", Listen);
        return cluster;
    }

    /// <summary>Runs it for a number of steps.</summary>
    internal static string HashAfter(this SimulatedCluster cluster, int steps)
    {
        for (var i = 0; i < steps && cluster.Step(); i++)
        {
        }

        return cluster.TraceHash;
    }

    internal static long Sum(SimulatedCluster cluster) => cluster.Disk.Records.Where(record => record.StateName == "counter").Sum(record => record.Read<CounterState>().Count);

    private static async Task Move(SimulatedProcess process)
    {
        for (var i = 0; i < 200; i++)
        {
            var from = Accounts[process.Random.Next(Accounts.Length)];
            var to = Accounts[process.Random.Next(Accounts.Length)];
            try
            {
                await process.Grains.GetGrain<ITransferGrain>(process.Name).Move(from, to, process.Random.Next(100));
            }
            catch (Exception)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), process.Clock);
            }
        }
    }

    private static async Task Listen(SimulatedProcess process)
    {
        var listener = new Listener();
        while (listener.Ticks < 50)
        {
            try
            {
                var ticker = process.Grains.GetGrain<ITickerGrain>("ticker");
                await ticker.Remind(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
                await ticker.Start(process.Grains.CreateObjectReference<ITickObserver>(listener), TimeSpan.FromSeconds(1));
            }
            catch (Exception)
            {
                // Tried again.
            }

            await Task.Delay(TimeSpan.FromSeconds(20), process.Clock);
        }
    }

    internal sealed class Listener : ITickObserver
    {
        public int Ticks { get; private set; }

        public Task Ticked(int number)
        {
            Ticks++;
            return Task.CompletedTask;
        }
    }
}
