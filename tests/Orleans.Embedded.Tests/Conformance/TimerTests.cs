using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Conformance;

public interface ITimerGrain : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave = false);

    Task StartFailing(TimeSpan due, TimeSpan period);

    Task StartThatDisposesItself(int afterTicks);

    Task StartThatChangesItself();

    Task StartAll();

    Task Stop();

    Task Hold(string barrier);

    Task End();
}

public sealed class TimerGrain(Journal journal) : Grain, ITimerGrain
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);
    private IGrainTimer? _timer;
    private int _ticks;

    private string Key => this.GetPrimaryKeyString();

    public Task Start(TimeSpan due, TimeSpan period, bool interleave = false)
    {
        _timer = this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartFailing(TimeSpan due, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                journal.Add(Key, "tick");
                throw new RefusedException("in the timer");
            },
            due,
            period);
        return Task.CompletedTask;
    }

    public Task StartThatDisposesItself(int afterTicks)
    {
        _timer = this.RegisterGrainTimer(
            async token =>
            {
                await Task.Yield();
                journal.Add(Key, "tick");
                if (++_ticks < afterTicks) return;
                _timer!.Dispose();
                journal.Add(Key, $"disposed, token cancelled: {token.IsCancellationRequested}");
            },
            s_soon,
            s_soon);
        return Task.CompletedTask;
    }

    public Task StartThatChangesItself()
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                journal.Add(Key, "tick");
                if (++_ticks == 1) _timer!.Change(s_soon, Timeout.InfiniteTimeSpan);
                return Task.CompletedTask;
            },
            s_soon,
            TimeSpan.FromHours(1));
        return Task.CompletedTask;
    }

    public Task StartAll()
    {
        this.RegisterGrainTimer(() => Note("plain"), s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(_ => Note("token"), s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(Note, "state", s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer((text, _) => Note(text), "state and token", s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(() => Note("plain, options"), new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        this.RegisterGrainTimer(_ => Note("token, options"), new GrainTimerCreationOptions { DueTime = s_soon, Period = Timeout.InfiniteTimeSpan });
        this.RegisterGrainTimer(Note, "state, options", new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        this.RegisterGrainTimer((text, _) => Note(text), "state and token, options", new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        journal.Add(Key, "stopped");
        return Task.CompletedTask;
    }

    public async Task Hold(string barrier)
    {
        await Barrier.Named(barrier).PassAsync();
        journal.Add(Key, "held");
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Add(Key, "deactivated");
        return Task.CompletedTask;
    }

    private Task Tick()
    {
        journal.Add(Key, "tick");
        return Task.CompletedTask;
    }

    private Task Note(string text)
    {
        journal.Add(Key, text);
        return Task.CompletedTask;
    }
}

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
