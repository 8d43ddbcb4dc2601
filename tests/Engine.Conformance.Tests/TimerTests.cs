using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Conformance;

/// <summary>These wait for ticks that are due within milliseconds of real time; exact times are tested with the engine's own clock.</summary>
public sealed class TimerTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);

    private Journal Journal => cluster.SiloServices.GetRequiredService<Journal>();

    private ITimerGrain Grain(string key) => cluster.Grains.GetGrain<ITimerGrain>(key);

    [Fact]
    public async Task A_timer_ticks_until_it_is_disposed()
    {
        await Grain("ticks").Start(s_soon, s_soon);
        await Journal.Reached("ticks", 3);
        await Grain("ticks").Stop();

        Assert.Equal("stopped", Journal.Of("ticks")[^1]);
    }

    [Fact]
    public async Task A_timer_without_a_period_ticks_once()
    {
        await Grain("once").Start(s_soon, Timeout.InfiniteTimeSpan);
        await Journal.Reached("once", 1);
        await Grain("once other").Start(s_soon, s_soon);
        await Journal.Reached("once other", 5);
        await Grain("once other").Stop();

        Assert.Equal(["tick"], Journal.Of("once"));
    }

    /// <summary>As a call does: what it remembers is not what is stored.</summary>
    [Fact]
    public async Task A_tick_that_finds_its_state_written_by_another_ends_the_activation()
    {
        await Grain("overtaken").StartThatIsOvertaken(s_soon);
        await Journal.Reached("overtaken", 1);

        Assert.Equal(["deactivated"], Journal.Of("overtaken"));
    }

    [Fact]
    public async Task Every_way_to_register_a_timer_works()
    {
        await Grain("ways").StartAll();
        await Journal.Reached("ways", 8);

        Assert.Equal(
            ["plain", "plain, options", "state", "state and token", "state and token, options", "state, options", "token", "token, options"],
            Journal.Of("ways").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_tick_waits_for_a_running_request()
    {
        var held = Grain("held").Hold("held");
        await Barrier.Named("held").Arrived;
        var start = Grain("held").Start(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await Grain("held other").Start(s_soon, s_soon);
        await Journal.Reached("held other", 3);
        Barrier.Named("held").Release();
        await Task.WhenAll(held, start, Grain("held other").Stop());
        await Journal.Reached("held", 2);

        Assert.Equal(["held", "tick"], Journal.Of("held"));
    }

    [Fact]
    public async Task An_interleaving_tick_does_not_wait()
    {
        await Grain("interleaving").Start(s_soon, s_soon, interleave: true);
        var held = Grain("interleaving").Hold("interleaving timer");
        await Barrier.Named("interleaving timer").Arrived;
        var before = Journal.Of("interleaving").Count;
        await Journal.Reached("interleaving", before + 2);
        Assert.False(held.IsCompleted);

        Barrier.Named("interleaving timer").Release();
        await held;
        await Grain("interleaving").Stop();
    }

    [Fact]
    public async Task A_timer_goes_on_after_its_callback_has_failed()
    {
        await Grain("failing").StartFailing(s_soon, s_soon);
        await Journal.Reached("failing", 3);
        await Grain("failing").Stop();
    }

    [Fact]
    public async Task A_timer_may_dispose_itself()
    {
        await Grain("disposes").StartThatDisposesItself(afterTicks: 2);
        await Journal.Reached("disposes", 3);

        Assert.Equal(["tick", "tick", "disposed, token cancelled: True"], Journal.Of("disposes"));
    }

    [Fact]
    public async Task A_timer_may_change_itself()
    {
        await Grain("changes").StartThatChangesItself();
        await Journal.Reached("changes", 2);
    }

    [Fact]
    public async Task Timers_end_with_the_activation()
    {
        await Grain("ends").Start(s_soon, s_soon);
        await Journal.Reached("ends", 1);
        await Grain("ends").End();
        await Grain("ends other").Start(s_soon, s_soon);
        await Journal.Reached("ends other", 5);
        await Grain("ends other").Stop();

        Assert.Equal("deactivated", Journal.Of("ends")[^1]);
    }

    [Fact]
    public async Task Impossible_times_are_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain("refused").Start(TimeSpan.FromSeconds(-5), s_soon));
}
