namespace Orleans.Simulation;

/// <summary>Grains that do not wait for the disk: what those outside have heard of survives every crash, and a crash takes the end of what was written.</summary>
public sealed class ExternalSynchronyTests
{
    private static readonly FaultRates s_crashes = FaultRates.None with { SiloCrash = 0.01, StorageSlow = 0.05, StorageFailedBefore = 0.02, ETagConflict = 0.01 };

    [Fact]
    public void What_was_acknowledged_is_never_lost()
    {
        var (crashes, acknowledged) = (0L, 0L);
        for (var seed = 1UL; seed <= 30; seed++)
        {
            using var cluster = new SimulatedCluster(Worlds.Options(seed, s_crashes) with { ExternalSynchrony = true, GrainCallsTravel = false });
            var told = 0L;

            // On the disk at the step at which it is told, whatever happens then.
            cluster.AfterStep = world => Assert.True(CountOf(world) >= told, $"seed {seed}: {told} was told and {CountOf(world)} is on the disk");
            cluster.Run(async process =>
            {
                for (var i = 0; i < 100; i++)
                {
                    try
                    {
                        told = await process.Grains.GetGrain<ICounterGrain>("a").Add($"{i}", 1);
                    }
                    catch (Exception)
                    {
                        // Whether it was added is unknown.
                    }
                }
            });
            crashes += cluster.FaultsInjected[FaultKind.SiloCrash];
            acknowledged += told;
        }

        Assert.InRange(crashes, 20, long.MaxValue);
        Assert.InRange(acknowledged, 300, long.MaxValue);
    }

    /// <summary>A move takes from one account what it then gives to another: whatever is lost, nothing is given that was not taken.</summary>
    [Fact]
    public void What_rests_on_something_that_is_lost_is_lost_with_it()
    {
        var lost = 0;
        for (var seed = 1UL; seed <= 60; seed++)
        {
            using var cluster = new SimulatedCluster(Worlds.Options(seed) with { ExternalSynchrony = true, GrainCallsTravel = false });
            Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Worlds.Hour));
            cluster.StartProcess("mover", process => process.Grains.GetGrain<ITransferGrain>("t").Move("a", "b", 10));
            for (var steps = 0UL; steps < 10 + (seed % 30); steps++) cluster.Step();
            cluster.CrashSilo();

            var (taken, given) = (CountOf(cluster), CountOf(cluster, "b"));
            Assert.True(given is 0 or 10 && (given == 0 || taken == -10), $"seed {seed}: {given} given, {taken} taken");
            if (taken == 0 || given == 0) lost++;
        }

        Assert.InRange(lost, 10, 59);
    }

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        using var first = Bank.Create(5, Bank.AllFaults, isExternal: true);
        using var second = Bank.Create(5, Bank.AllFaults, isExternal: true);
        using var waiting = Bank.Create(5, Bank.AllFaults);
        var hash = first.HashAfter(20_000);
        Assert.Equal(hash, second.HashAfter(20_000));
        Assert.NotEqual(hash, waiting.HashAfter(20_000));
    }

    private static long CountOf(SimulatedCluster cluster, string key = "a") =>
        cluster.Disk.Records.Where(record => record.StateName == "counter" && record.GrainId.Key.ToString() == key).Sum(record => record.Read<CounterState>().Count);
}
