using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>Every kind of fault really happens, and does what it says.</summary>
public sealed class FaultTests
{
    private static readonly FaultRates s_none = FaultRates.None;

    [Fact]
    public void A_silo_crash_loses_what_is_not_durable_and_nothing_else()
    {
        using var cluster = Worlds.Create();
        cluster.Run(async process =>
        {
            var grain = process.Grains.GetGrain<ICounterGrain>("a");
            await grain.Add("1", 5);
            await grain.Touch();
            Assert.Equal(2, await grain.Touch());
        });
        var before = cluster.Now;
        var (crashed, started) = (0, 0);
        cluster.SiloCrashed += () => crashed++;
        cluster.SiloStarted += () => started++;
        cluster.CrashSilo();
        Assert.False(cluster.IsSiloUp);

        cluster.Run(async process =>
        {
            var grain = process.Grains.GetGrain<ICounterGrain>("a");
            Assert.Equal(5, await grain.Get());
            Assert.Equal(1, await grain.Touch());
        });
        Assert.Equal((1, 1), (crashed, started));
        Assert.True(cluster.Now - before >= cluster.Options.DownTime.Least);
        Assert.Equal(1, cluster.FaultsInjected[FaultKind.SiloCrash]);
    }

    [Fact]
    public void Any_step_may_be_the_last_of_a_silo_and_a_write_under_way_has_happened_or_not()
    {
        // The same run, crashed after each of its steps: what was acknowledged is there, what was not may be.
        var (acknowledgedRuns, happenedUnacknowledged, never) = (0, 0, 0);
        for (var crashAt = 1; crashAt < 120; crashAt++)
        {
            using var cluster = Worlds.Create((ulong)crashAt);
            Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Worlds.Hour));
            var acknowledged = false;
            cluster.StartProcess("writer", async process =>
            {
                try
                {
                    await process.Grains.GetGrain<ICounterGrain>("a").Add("1", 7);
                    acknowledged = true;
                }
                catch (Exception error) when (error is SiloUnavailableException or TimeoutException)
                {
                    // Its outcome is unknown.
                }
            });
            for (var i = 0; i < crashAt; i++) cluster.Step();
            var wasAcknowledged = acknowledged;
            cluster.CrashSilo();
            var count = cluster.Disk.Records.Sum(record => record.Read<CounterState>().Count);

            if (wasAcknowledged) Assert.Equal(7, count);
            Assert.Equal(0, count % 7);
            if (wasAcknowledged) acknowledgedRuns++;
            else if (count == 7) happenedUnacknowledged++;
            else never++;
            Assert.True(cluster.RunUntil(() => cluster.Processes.Count == 0, Worlds.Hour));
        }

        Assert.True(acknowledgedRuns > 0 && happenedUnacknowledged > 0 && never > 0, $"{acknowledgedRuns} {happenedUnacknowledged} {never}");
    }

    [Fact]
    public void A_lost_call_ends_in_the_response_timeout_and_was_not_executed()
    {
        using var cluster = Worlds.Create(1, s_none with { CallLost = 1 });
        var waited = cluster.Run(process => TimeUntilTimeout(process, "a"));

        Assert.InRange(waited, cluster.Options.ResponseTimeout, cluster.Options.ResponseTimeout + TimeSpan.FromMilliseconds(1));
        Assert.Empty(cluster.Disk.Records);
        Assert.Equal(1, cluster.FaultsInjected[FaultKind.CallLost]);
    }

    [Fact]
    public void A_lost_reply_ends_in_the_response_timeout_and_the_call_was_executed()
    {
        using var cluster = Worlds.Create(1, s_none with { ReplyLost = 1 });
        var waited = cluster.Run(process => TimeUntilTimeout(process, "a"));

        Assert.InRange(waited, cluster.Options.ResponseTimeout, cluster.Options.ResponseTimeout + TimeSpan.FromMilliseconds(1));
        Assert.Equal(3, Assert.Single(cluster.Disk.Records).Read<CounterState>().Count);
        Assert.Equal(1, cluster.FaultsInjected[FaultKind.ReplyLost]);
    }

    [Fact]
    public void Calls_between_grains_are_lost_too()
    {
        using var cluster = Worlds.Create(1, s_none with { CallLost = 0.2 });
        var failures = cluster.Run(async process =>
        {
            var failures = 0;
            for (var i = 0; i < 20; i++)
            {
                try
                {
                    await process.Grains.GetGrain<ITransferGrain>("t").Move("a", "b", 10);
                }
                catch (TimeoutException)
                {
                    failures++;
                }
            }

            return failures;
        });

        // The grain repeats the calls it makes, so its caller sees only some of what is lost.
        cluster.StopFaults();
        cluster.RunFor(Worlds.Hour);
        Assert.InRange(cluster.FaultsInjected[FaultKind.CallLost], failures + 1, 100);
        Assert.Equal(0, Bank.Sum(cluster));
    }

    [Fact]
    public void On_one_machine_calls_between_grains_are_made_in_place_and_cannot_be_lost()
    {
        using var cluster = new SimulatedCluster(Worlds.Options(1, s_none with { CallLost = 0.2 }) with { GrainCallsTravel = false });
        var failures = cluster.Run(async process =>
        {
            var failures = 0;
            for (var i = 0; i < 50; i++)
            {
                try
                {
                    await process.Grains.GetGrain<ITransferGrain>("t").Move("a", "b", 1);
                }
                catch (TimeoutException)
                {
                    failures++;
                }
            }

            return failures;
        });

        // What is lost is lost between client and silo, and the client sees all of it.
        Assert.InRange(failures, 1, 49);
        Assert.Equal(failures, cluster.FaultsInjected[FaultKind.CallLost]);
    }

    [Fact]
    public void A_delayed_call_takes_long_and_is_executed_even_when_nobody_waits_any_more()
    {
        var (late, inTime) = (0, 0);
        for (var seed = 1UL; seed <= 20; seed++)
        {
            using var cluster = new SimulatedCluster(Worlds.Options(seed, s_none with { CallDelayed = 1 }) with { DelayTime = (TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)) });
            var timedOut = false;
            cluster.Run(async process =>
            {
                var start = process.Clock.GetTimestamp();
                try
                {
                    await process.Grains.GetGrain<ICounterGrain>("a").Add("1", 3);
                    Assert.True(process.Clock.GetElapsedTime(start) >= TimeSpan.FromSeconds(10));
                }
                catch (TimeoutException)
                {
                    timedOut = true;
                }
            });
            var wasThere = cluster.Disk.Records.Count;
            cluster.RunFor(TimeSpan.FromMinutes(10));
            Assert.Single(cluster.Disk.Records);
            if (timedOut && wasThere == 0) late++;
            if (!timedOut) inTime++;
            Assert.True(cluster.FaultsInjected[FaultKind.CallDelayed] > 0);
        }

        Assert.True(late > 0 && inTime > 0, $"{late} late, {inTime} in time");
    }

    [Fact]
    public void A_duplicated_call_runs_twice_and_has_one_outcome()
    {
        using var cluster = Worlds.Create(1, s_none with { CallDuplicated = 1 });
        var touched = cluster.Run(process => process.Grains.GetGrain<ICounterGrain>("a").Touch());

        Assert.Equal(2, touched);
        Assert.Equal(1, cluster.FaultsInjected[FaultKind.CallDuplicated]);
    }

    [Fact]
    public void Storage_that_fails_before_has_not_written()
    {
        var all = 0;
        for (var seed = 1UL; seed <= 10; seed++)
        {
            using var cluster = Worlds.Create(seed, s_none with { StorageFailedBefore = 0.5 });
            var failures = cluster.Run(AddUntilItWorks);

            // The silo's own reading of its reminders fails, too.
            Assert.InRange(failures, 0, cluster.FaultsInjected[FaultKind.StorageFailedBefore]);
            Assert.Equal(1, cluster.Disk.Changes);
            all += failures;
        }

        Assert.True(all > 3, $"{all}");
    }

    [Fact]
    public void A_write_that_fails_after_is_seen_after_a_reload()
    {
        using var cluster = Worlds.Create(1, s_none with { StorageFailedAfter = 1 });
        var (error, count) = cluster.Run(async process =>
        {
            var grain = process.Grains.GetGrain<ICounterGrain>("a");
            var error = await Assert.ThrowsAsync<SimulatedStorageException>(() => grain.Add("1", 3));
            return (error, await grain.Get());
        });

        Assert.Contains("after it took effect", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, count);
        Assert.Equal(1, cluster.FaultsInjected[FaultKind.StorageFailedAfter]);
    }

    [Fact]
    public void Slow_storage_takes_its_time()
    {
        using var cluster = Worlds.Create(1, s_none with { StorageSlow = 1 });
        var waited = cluster.Run(async process =>
        {
            var start = process.Clock.GetTimestamp();
            await AddUntilItWorks(process);
            return process.Clock.GetElapsedTime(start);
        });

        Assert.True(waited >= 2 * cluster.Options.DelayTime.Least, $"{waited}");
        Assert.True(cluster.FaultsInjected[FaultKind.StorageSlow] >= 2);
    }

    [Fact]
    public void An_ETag_conflict_fails_the_write_and_the_next_activation_reads_anew()
    {
        using var cluster = Worlds.Create(1, s_none with { ETagConflict = 0.5 });
        cluster.Run(async process =>
        {
            var grain = process.Grains.GetGrain<ICounterGrain>("a");
            var (conflicts, added) = (0, 0);
            for (var i = 0; i < 30; i++)
            {
                try
                {
                    Assert.Equal(++added, await grain.Add($"{i}", 1));
                }
                catch (InconsistentStateException)
                {
                    conflicts++;
                    added--;

                    // The activation is another one: what it read is what is durable.
                    Assert.Equal(1, await grain.Touch());
                    Assert.Equal(added, await grain.Get());
                }
            }

            Assert.True(conflicts > 5 && added > 5, $"{conflicts} conflicts, {added} added");
        });
        Assert.True(cluster.FaultsInjected[FaultKind.ETagConflict] > 5);
    }

    [Fact]
    public void Wall_clocks_are_wrong_each_in_its_own_way_and_timers_are_right()
    {
        using var cluster = Worlds.Create(1, s_none with { ClockSkew = TimeSpan.FromMinutes(5) });
        var errors = new List<TimeSpan>();
        Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Worlds.Hour));
        for (var life = 0; life < 3; life++)
        {
            var start = cluster.Now;
            cluster.Run(async process =>
            {
                errors.Add(process.Clock.GetUtcNow() - cluster.Now);
                await Task.Delay(TimeSpan.FromMinutes(1), process.Clock);
                Assert.InRange(cluster.Now - start, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3));
                errors.Add(await process.Grains.GetGrain<ICounterGrain>("a").Now() - cluster.Now);
            });
            cluster.CrashSilo();
        }

        Assert.All(errors, error => Assert.InRange(error.Duration(), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1)));
        Assert.Equal(errors.Count, errors.Select(error => (long)error.TotalSeconds).Distinct().Count());
        Assert.True(errors.Exists(error => error > TimeSpan.Zero) && errors.Exists(error => error < TimeSpan.Zero));
        Assert.True(cluster.FaultsInjected[FaultKind.ClockSkew] >= 6);
    }

    [Fact]
    public void A_process_crashes_between_two_of_its_turns_and_starts_again_with_nothing()
    {
        using var cluster = Worlds.Create(1, s_none with { ProcessCrash = 0.01 });
        var lives = new List<int>();
        var after = 0;
        Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Worlds.Hour));
        cluster.StartProcess(
            "worker",
            async process =>
            {
                lives.Add(process.Life);
                var calls = 0;
                while (process.Life < 3)
                {
                    await process.Grains.GetGrain<ICounterGrain>("a").Touch();
                    calls++;
                }

                after = calls;
            },
            new SimulatedProcessOptions { MayCrash = true });

        Assert.True(cluster.RunUntil(() => cluster.Processes.Count == 0 && lives.Count == 4, Worlds.Hour));
        Assert.Equal([0, 1, 2, 3], lives);
        Assert.Equal(0, after);
        Assert.Equal(3, cluster.FaultsInjected[FaultKind.ProcessCrash]);
    }

    [Fact]
    public void After_the_faults_have_stopped_nothing_goes_wrong()
    {
        using var cluster = Bank.Create(7, Bank.AllFaults);
        cluster.HashAfter(20_000);
        Assert.All(cluster.FaultsInjected, fault => Assert.True(fault.Value > 0, $"{fault.Key} never happened."));

        cluster.StopFaults();
        var before = cluster.FaultsInjected;
        Assert.True(cluster.RunUntil(() => cluster.Processes.Count == 0, 24 * Worlds.Hour), "The processes do not end.");
        cluster.RunFor(Worlds.Hour);

        Assert.Equal(before.OrderBy(fault => fault.Key), cluster.FaultsInjected.OrderBy(fault => fault.Key));
        Assert.True(cluster.IsSiloUp);
    }

    private static async Task<TimeSpan> TimeUntilTimeout(SimulatedProcess process, string key)
    {
        var start = process.Clock.GetTimestamp();
        await Assert.ThrowsAsync<TimeoutException>(() => process.Grains.GetGrain<ICounterGrain>(key).Add("1", 3));
        return process.Clock.GetElapsedTime(start);
    }

    private static async Task<int> AddUntilItWorks(SimulatedProcess process)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await process.Grains.GetGrain<ICounterGrain>("a").Add("1", 3);
                return failures;
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // Tried again.
            }
        }
    }
}
