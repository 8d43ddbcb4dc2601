namespace Orleans.Conformance;

public sealed class SchedulingTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private ISchedulingGrain Grain(string key) => cluster.Grains.GetGrain<ISchedulingGrain>(key, typeof(SchedulingGrain).FullName);

    private ISchedulingGrain Reentrant(string key) => cluster.Grains.GetGrain<IReentrantGrain>(key);

    [Fact]
    public async Task Awaits_resume_on_the_grains_scheduler()
    {
        Assert.True(await Grain("scheduler").StaysOnItsScheduler());
        Assert.True(await Grain("scheduler").StartsOnTheGrainsScheduler());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_two_turns_of_a_grain_overlap(bool reentrant)
    {
        var grain = reentrant ? Reentrant("turns") : Grain("turns");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => grain.Work(20))));

        Assert.Equal((200, 0), await grain.Report());
    }

    [Fact]
    public async Task A_request_waits_for_the_one_before_it()
    {
        var grain = Grain("waits");
        var first = grain.Enter("waits 1");
        await Barrier.Named("waits 1").Arrived;

        var second = grain.Enter("waits 2");
        Barrier.Named("waits 2").Release();
        Assert.Equal("interleaved", await grain.Interleaving());
        Assert.False(second.IsCompleted);

        Barrier.Named("waits 1").Release();
        Assert.Equal(1, await first);
        Assert.Equal(1, await second);
    }

    [Fact]
    public async Task A_reentrant_grain_starts_a_request_while_another_waits()
    {
        var grain = Reentrant("interleaves");
        var first = grain.Enter("interleaves 1");
        await Barrier.Named("interleaves 1").Arrived;

        var second = grain.Enter("interleaves 2");
        await Barrier.Named("interleaves 2").Arrived;
        Barrier.Named("interleaves 2").Release();

        Assert.Equal(2, await second);
        Barrier.Named("interleaves 1").Release();
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Read_only_requests_interleave_with_each_other_and_with_nothing_else()
    {
        var grain = Grain("readers");
        var first = grain.Read("readers 1");
        await Barrier.Named("readers 1").Arrived;
        Assert.Equal(2, await grain.Read(null));

        var writer = grain.Enter("readers 2");
        Barrier.Named("readers 2").Release();
        Assert.Equal("interleaved", await grain.Interleaving());
        Assert.False(writer.IsCompleted);

        Barrier.Named("readers 1").Release();
        Assert.Equal(1, await first);
        Assert.Equal(1, await writer);
    }

    [Fact]
    public async Task A_reader_waits_for_a_writer()
    {
        var grain = Grain("writer first");
        var writer = grain.Enter("writer first");
        await Barrier.Named("writer first").Arrived;

        var readers = Enumerable.Range(0, 3).Select(_ => grain.Read(null)).ToList();
        Assert.Equal("interleaved", await grain.Interleaving());
        Assert.All(readers, reader => Assert.False(reader.IsCompleted));

        Barrier.Named("writer first").Release();
        await writer;
        Assert.All(await Task.WhenAll(readers), inside => Assert.Equal(1, inside));
    }

    [Fact]
    public async Task A_reader_may_read_its_own_grain_through_another_while_a_writer_waits()
    {
        var grain = Grain("through");
        var reader = grain.ReadThrough(Grain("through another"), "through reader");
        await Barrier.Named("through reader").Arrived;
        Barrier.Named("through writer").Release();
        var writer = grain.Enter("through writer");
        Assert.Equal("interleaved", await grain.Interleaving());

        Barrier.Named("through reader").Release();

        Assert.Equal(1, await reader);
        Assert.Equal(1, await writer);
    }

    [Fact]
    public async Task A_grain_that_waits_for_itself_times_out_and_then_goes_on()
    {
        var grain = Grain("deadlock");

        await Assert.ThrowsAsync<TimeoutException>(grain.CallYourself);

        Assert.Equal((0, 0), await grain.Report());
    }

    [Fact]
    public async Task A_reentrant_grain_may_wait_for_itself()
    {
        var grain = cluster.Grains.GetGrain<IReentrantGrain>("itself");

        Assert.Equal("interleaved", await grain.CallYourselfThrough("itself"));
    }

    [Fact]
    public async Task A_call_that_timed_out_still_runs_to_its_end()
    {
        var grain = Grain("late");

        await Assert.ThrowsAsync<TimeoutException>(() => grain.Slow("late"));
        Barrier.Named("late").Release();

        Assert.Equal((1, 0), await grain.Report());
    }
}
