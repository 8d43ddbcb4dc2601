namespace Orleans.Simulation;

/// <summary>What leaves the simulation's thread ends the simulation, and the message says what and from where.</summary>
public sealed class EscapeTests
{
    [Fact]
    public void Work_for_the_thread_pool_in_a_grain()
    {
        using var cluster = Worlds.Create();
        var error = Assert.Throws<SimulationEscapedException>(() => cluster.Run(process => process.Grains.GetGrain<ICounterGrain>("a").Hop()));

        Assert.Contains("thread pool", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(CounterGrain.Hop), error.Message, StringComparison.Ordinal);

        // From where within the step; not who called for it.
        Assert.DoesNotContain(nameof(Work_for_the_thread_pool_in_a_grain), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Xunit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_without_context_in_a_process()
    {
        using var cluster = Worlds.Create();
        var error = Assert.Throws<SimulationEscapedException>(() => cluster.Run(async process =>
        {
            var source = new TaskCompletionSource();
            var waiting = Wait(source.Task);
            await Task.Yield();
            source.SetResult();
            await waiting;
        }));

        Assert.Contains("thread pool", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(A_continuation_without_context_in_a_process), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_timer_of_the_real_clock()
    {
        using var cluster = Worlds.Create();
        var error = Assert.Throws<SimulationEscapedException>(() => cluster.Run(_ => Task.Delay(TimeSpan.FromMinutes(10))));

        Assert.Contains("real clock", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(A_timer_of_the_real_clock), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("schedule")]
    [InlineData("call")]
    [InlineData("clock")]
    [InlineData("timer")]
    public void Use_from_another_thread(string what)
    {
        using var cluster = Worlds.Create();
        Assert.True(cluster.RunUntil(() => cluster.IsSiloUp, Worlds.Hour));
        var signal = new TaskCompletionSource();
        SimulatedProcess? started = null;
        cluster.StartProcess("waiting", process =>
        {
            started = process;
            return Waiting(signal.Task);
        });
        for (var i = 0; i < 10; i++) cluster.Step();
        var foreign = new Thread(() => Intrude(what, signal, started!));
        foreign.Start();
        foreign.Join();

        var error = Assert.Throws<SimulationEscapedException>(() => cluster.RunFor(Worlds.Hour));
        Assert.Contains("on thread", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Intrude), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_from_two_threads_at_once_are_refused()
    {
        using var cluster = Worlds.Create();
        Exception? refused = null;
        cluster.AfterStep = world =>
        {
            if (refused is not null) return;
            var other = new Thread(() => refused = Record.Exception(() => world.Step()));
            other.Start();
            other.Join();
        };
        cluster.Step();

        Assert.IsType<InvalidOperationException>(refused);
    }

    [Fact]
    public void The_failure_of_a_process_ends_the_simulation()
    {
        using var cluster = Worlds.Create();
        cluster.StartProcess("wrong", async process =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), process.Clock);
            throw new InvalidOperationException("as meant");
        });

        var error = Assert.Throws<SimulatedProcessException>(() => cluster.RunFor(Worlds.Hour));
        Assert.Equal("as meant", error.InnerException!.Message);
        Assert.Contains("wrong", error.Message, StringComparison.Ordinal);
    }

    private static async Task Wait(Task task) => await task.ConfigureAwait(false);

    private static async Task Waiting(Task task) => await task;

    private static void Intrude(string what, TaskCompletionSource signal, SimulatedProcess process)
    {
        switch (what)
        {
            case "schedule":
                signal.SetResult();
                break;
            case "call":
                _ = process.Grains.GetGrain<ICounterGrain>("a").Touch();
                break;
            case "clock":
                _ = process.Clock.GetUtcNow();
                break;
            default:
                _ = process.Clock.CreateTimer(_ => { }, null, TimeSpan.Zero, TimeSpan.Zero);
                break;
        }
    }
}
