using System.Globalization;
using Orleans.Embedded.Tests.Processes;
using Xunit.Abstractions;

namespace Orleans.Simulation;

/// <summary>The same seed gives the same run: in the same process, beside others on other threads, and in another process.</summary>
public sealed class RepeatabilityTests(ITestOutputHelper output)
{
    private const int Steps = 20_000;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 6).Select(seed => (ulong)seed)];

    [Theory, MemberData(nameof(Seeds))]
    public void Twice_in_a_process(ulong seed)
    {
        using var first = Bank.Create(seed, faults: null);
        using var second = Bank.Create(seed, faults: null);
        var hash = first.HashAfter(Steps);

        Assert.Equal(hash, second.HashAfter(Steps));
        Assert.Equal(first.Now, second.Now);
        Assert.Equal(first.Disk.Changes, second.Disk.Changes);
        Assert.Equal(first.FaultsInjected.OrderBy(fault => fault.Key), second.FaultsInjected.OrderBy(fault => fault.Key));
        output.WriteLine($"{first.Steps} steps, {first.Now - first.Options.Start}, {first.Disk.Changes} writes, {string.Join(", ", first.FaultsInjected.Where(fault => fault.Value > 0).OrderBy(fault => fault.Key))}");
    }

    [Fact]
    public void Another_seed_is_another_run()
    {
        var hashes = Enumerable.Range(1, 20).Select(seed =>
        {
            using var cluster = Bank.Create((ulong)seed, FaultRates.None);
            return cluster.HashAfter(1000);
        });

        Assert.Equal(20, hashes.Distinct().Count());
    }

    [Fact]
    public void The_trace_has_a_line_for_each_step_and_does_not_change_the_run()
    {
        using var text = new StringWriter();
        using var again = new StringWriter();
        using var traced = Bank.Create(3, Bank.AllFaults, text);
        using var tracedAgain = Bank.Create(3, Bank.AllFaults, again);
        using var silent = Bank.Create(3, Bank.AllFaults);

        Assert.Equal(silent.HashAfter(Steps), traced.HashAfter(Steps));
        tracedAgain.HashAfter(Steps);
        Assert.Equal(text.ToString(), again.ToString());
        Assert.InRange(text.ToString().Count(c => c == '\n'), Steps, 3 * Steps);
    }

    [Fact]
    public void Interleaved_on_two_threads()
    {
        var alone = Enumerable.Range(1, 4).Select(seed =>
        {
            using var cluster = Bank.Create((ulong)seed, Bank.AllFaults);
            return cluster.HashAfter(Steps);
        }).ToList();

        // Each thread runs its worlds step by step in turn, and both threads run at once.
        var together = new string[4];
        void Both(int first, int second)
        {
            using var one = Bank.Create((ulong)first + 1, Bank.AllFaults);
            using var other = Bank.Create((ulong)second + 1, Bank.AllFaults);
            for (var i = 0; i < Steps; i++)
            {
                one.Step();
                other.Step();
            }

            (together[first], together[second]) = (one.TraceHash, other.TraceHash);
        }

        var threads = new[] { new Thread(() => Both(0, 1)), new Thread(() => Both(2, 3)) };
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task In_another_process()
    {
        using var cluster = Bank.Create(4, Bank.AllFaults);
        using var process = ChildProcess.Start("simulation", "4", Steps.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(cluster.HashAfter(Steps), await process.ReadLineAsync());
    }

    [Fact]
    public void One_run_on_several_threads_one_after_the_other()
    {
        using var cluster = Bank.Create(5, Bank.AllFaults);
        using var moved = Bank.Create(5, Bank.AllFaults);
        var expected = cluster.HashAfter(3000);
        var hash = "";
        for (var i = 0; i < 3; i++)
        {
            var thread = new Thread(() => hash = moved.HashAfter(1000));
            thread.Start();
            thread.Join();
        }

        Assert.Equal(expected, hash);
    }
}

/// <summary>A simulation in a process of its own.</summary>
internal static class SimulationProcess
{
    internal static int Run(string seed, string steps)
    {
        using var cluster = Bank.Create(ulong.Parse(seed, CultureInfo.InvariantCulture), Bank.AllFaults);
        Console.WriteLine(cluster.HashAfter(int.Parse(steps, CultureInfo.InvariantCulture)));
        return 0;
    }
}
