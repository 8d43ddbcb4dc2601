using Orleans.Conformance;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Storage;

namespace Orleans.Engine;

public interface IClockworkGrain : IGrainWithStringKey
{
    Task StartTimer(TimeSpan due, TimeSpan period, bool keepAlive, TimeSpan callbackTakes);

    Task StartTwoTimers();

    Task Delay(TimeSpan time);

    Task Touch();

    Task Hold(TimeSpan time);
}

public class ClockworkGrain(Journal journal, TimeProvider clock) : Grain, IClockworkGrain
{
    private string Key => this.GetPrimaryKeyString();

    public Task StartTimer(TimeSpan due, TimeSpan period, bool keepAlive, TimeSpan callbackTakes)
    {
        this.RegisterGrainTimer(
            async () =>
            {
                journal.Add(Key, $"{clock.GetUtcNow():mm:ss.fff}");
                if (callbackTakes > TimeSpan.Zero) await Task.Delay(callbackTakes, clock);
            },
            new GrainTimerCreationOptions(due, period) { KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StartTwoTimers()
    {
        this.RegisterGrainTimer(() => Note("first"), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        this.RegisterGrainTimer(() => Note("second"), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3));
        return Task.CompletedTask;
    }

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public Task Hold(TimeSpan time) => Task.Delay(time, clock);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Note($"{reason.ReasonCode}");

    private Task Note(string what)
    {
        journal.Add(Key, what);
        return Task.CompletedTask;
    }
}

public interface IShortLivedGrain : IClockworkGrain;

[CollectionAgeLimit(Minutes = 2)]
public sealed class ShortLivedGrain(Journal journal, TimeProvider clock) : ClockworkGrain(journal, clock), IShortLivedGrain;

public interface IEverlastingGrain : IClockworkGrain;

[KeepAlive]
public sealed class EverlastingGrain(Journal journal, TimeProvider clock) : ClockworkGrain(journal, clock), IEverlastingGrain;

public sealed class TimeTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private static IClockworkGrain Grain(ManualHost host, string key) => host.Grains.GetGrain<IClockworkGrain>(key, typeof(ClockworkGrain).FullName);

    [Fact]
    public void A_timer_ticks_when_it_is_due_and_a_period_after_each_callback_ends()
    {
        using var host = new ManualHost();
        host.Run(() => Grain(host, "ticks").StartTimer(2 * s_second, 5 * s_second, keepAlive: false, callbackTakes: s_second));

        host.Advance(20 * s_second, TimeSpan.FromMilliseconds(100));

        Assert.Equal(["00:02.000", "00:08.000", "00:14.000", "00:20.000"], host.Journal.Of("ticks"));
    }

    [Fact]
    public void Timers_fire_in_the_order_they_are_due()
    {
        using var host = new ManualHost();
        host.Run(Grain(host, "two").StartTwoTimers);

        host.Advance(12 * s_second, s_second);

        // At 6 and at 12 both are due; the one whose wait began earlier is first.
        Assert.Equal(["first", "second", "first", "second", "first", "first", "second", "first", "second", "first"], host.Journal.Of("two"));
    }

    [Fact]
    public void An_idle_activation_is_collected_after_its_age_and_not_before()
    {
        using var host = new ManualHost();
        host.Run(Grain(host, "idle").Touch);

        host.Advance(15 * s_minute, s_minute);
        Assert.Empty(host.Journal.Of("idle"));
        host.Advance(2 * s_minute, s_minute);

        Assert.Equal([nameof(DeactivationReasonCode.ActivationIdle)], host.Journal.Of("idle"));
        Assert.Empty(host.Silo.ActivationsOf(Grain(host, "idle").GetGrainId()));
    }

    [Fact]
    public void Each_use_starts_the_age_anew()
    {
        using var host = new ManualHost();
        for (var i = 0; i < 10; i++)
        {
            host.Run(Grain(host, "used").Touch);
            host.Advance(10 * s_minute, s_minute);
        }

        Assert.Empty(host.Journal.Of("used"));
    }

    [Fact]
    public void Classes_have_their_own_ages()
    {
        using var host = new ManualHost(configure: silo => silo.Configure<Orleans.Configuration.GrainCollectionOptions>(options =>
            options.ClassSpecificCollectionAge[typeof(ClockworkGrain).FullName!] = 5 * s_minute));
        host.Run(host.Grains.GetGrain<IShortLivedGrain>("short").Touch);
        host.Run(host.Grains.GetGrain<IEverlastingGrain>("everlasting").Touch);
        host.Run(Grain(host, "configured").Touch);

        host.Advance(2 * s_minute, s_minute);
        Assert.Empty(host.Journal.Of("short"));
        host.Advance(2 * s_minute, s_minute);
        Assert.Single(host.Journal.Of("short"));
        Assert.Empty(host.Journal.Of("configured"));
        host.Advance(3 * s_minute, s_minute);
        Assert.Single(host.Journal.Of("configured"));
        host.Advance(600 * s_minute, s_minute);
        Assert.Empty(host.Journal.Of("everlasting"));
    }

    [Fact]
    public void A_request_that_runs_keeps_its_activation()
    {
        using var host = new ManualHost();
        var running = host.Start(() => Grain(host, "busy").Hold(40 * s_minute));

        host.Advance(39 * s_minute, s_minute);
        Assert.Empty(host.Journal.Of("busy"));
        host.Advance(18 * s_minute, s_minute);
        Assert.Single(host.Journal.Of("busy"));
        Assert.IsType<TimeoutException>(running.Exception!.InnerException);
    }

    [Fact]
    public void A_timer_keeps_its_activation_only_when_it_is_to()
    {
        using var host = new ManualHost();
        host.Run(() => Grain(host, "plain").StartTimer(s_second, s_minute, keepAlive: false, callbackTakes: TimeSpan.Zero));
        host.Run(() => Grain(host, "keeping").StartTimer(s_second, s_minute, keepAlive: true, callbackTakes: TimeSpan.Zero));

        host.Advance(40 * s_minute, s_second * 30);

        Assert.Equal(nameof(DeactivationReasonCode.ActivationIdle), host.Journal.Of("plain")[^1]);
        Assert.DoesNotContain(nameof(DeactivationReasonCode.ActivationIdle), host.Journal.Of("keeping"));
        Assert.InRange(host.Journal.Of("keeping").Count, 39, 40);
    }

    [Fact]
    public void A_grain_can_delay_its_collection()
    {
        using var host = new ManualHost();
        host.Run(() => Grain(host, "delayed").Delay(60 * s_minute));

        host.Advance(59 * s_minute, s_minute);
        Assert.Empty(host.Journal.Of("delayed"));
        host.Advance(3 * s_minute, s_minute);
        Assert.Single(host.Journal.Of("delayed"));
    }

    [Fact]
    public void Reminders_come_at_their_first_tick_and_every_period_after_it()
    {
        using var host = new ManualHost();
        host.Run(() => Reminder(host).Register("r", 90 * s_second, 2 * s_minute));

        host.Advance(89 * s_second, s_second);
        Assert.Empty(host.Journal.Of("reminded"));
        host.Advance(s_second);
        Assert.Single(host.Journal.Of("reminded"));
        host.Advance(6 * s_minute, s_second);
        Assert.Equal(4, host.Journal.Of("reminded").Count);
        host.Run(() => Reminder(host).Unregister("r"));
        host.Advance(10 * s_minute, s_minute);
        Assert.Equal(["r", "r", "r", "r", "unregistered"], host.Journal.Of("reminded"));
    }

    [Fact]
    public void Reminders_outlive_the_silo_and_make_up_for_what_was_missed_once()
    {
        var clock = new ProvingMarket.TestKit.FakeTimeProvider();
        var stores = new MemoryStores();
        using (var host = new ManualHost(clock, stores))
        {
            host.Run(() => Reminder(host).Register("r", s_minute, 10 * s_minute));
            host.Advance(2 * s_minute, s_minute);
            Assert.Single(host.Journal.Of("reminded"));
            host.Silo.Kill();
        }

        clock.Advance(35 * s_minute);
        using var next = new ManualHost(clock, stores);
        next.Settle();
        Assert.Single(next.Journal.Of("reminded"));
        next.Advance(4 * s_minute, s_second);
        Assert.Equal(2, next.Journal.Of("reminded").Count);
        Assert.Equal(["r"], next.Run(Reminder(next).All));
    }

    /// <summary>It had been wrong. Nobody is to wait until it shows what it has shown before.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Reminders_go_on_when_the_clock_is_set_back(int minutesBefore)
    {
        using var host = new ManualHost();
        host.Run(() => Reminder(host).Register("r", s_minute, s_minute));
        host.Advance(minutesBefore * s_minute, s_second);

        host.Clock.AdjustTime(host.Clock.GetUtcNow() - TimeSpan.FromHours(1));
        host.Advance(5 * s_minute, s_second);

        Assert.Equal(minutesBefore + 5, host.Journal.Of("reminded").Count);
    }

    /// <summary>By less than a period: the tick comes when the clock says that it is due, and none is lost.</summary>
    [Fact]
    public void Reminders_are_not_early_when_the_clock_is_set_back_a_little()
    {
        using var host = new ManualHost();
        host.Run(() => Reminder(host).Register("r", s_minute, s_minute));
        host.Advance(50 * s_second, s_second);

        host.Clock.AdjustTime(host.Clock.GetUtcNow() - (20 * s_second));
        host.Advance(29 * s_second, s_second);
        Assert.Empty(host.Journal.Of("reminded"));
        host.Advance(s_second);
        Assert.Single(host.Journal.Of("reminded"));
        host.Advance(s_minute, s_second);
        Assert.Equal(2, host.Journal.Of("reminded").Count);
    }

    [Fact]
    public void A_period_under_a_minute_is_refused_unless_it_is_configured()
    {
        using var host = new ManualHost();
        var refused = Assert.Throws<ArgumentException>(() => host.Run(() => Reminder(host).Register("r", s_minute, s_minute - s_second)));
        Assert.Contains("00:01:00", refused.Message, StringComparison.Ordinal);

        using var other = new ManualHost(configure: silo => silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = s_second));
        other.Run(() => Reminder(other).Register("r", s_minute, s_second));
    }

    [Fact]
    public void A_reminder_registered_anew_is_not_removed_by_an_old_handle()
    {
        using var host = new ManualHost();
        var id = Reminder(host).GetGrainId();
        var old = host.Run(() => host.Silo.Reminders.RegisterOrUpdateAsync(id, "r", s_minute, s_minute));
        host.Run(() => Reminder(host).Register("r", 2 * s_minute, s_minute));

        Assert.Throws<ReminderException>(() => host.Run(() => host.Silo.Reminders.UnregisterAsync(id, old)));
        Assert.Equal(["r"], host.Run(Reminder(host).All));
    }

    /// <summary>The old one is being removed while the new one is written: what is left is the new one, in memory and in the table.</summary>
    [Fact]
    public void A_reminder_registered_while_the_old_one_is_removed_outlives_the_silo()
    {
        var clock = new ProvingMarket.TestKit.FakeTimeProvider();
        var stores = new MemoryStores();
        using (var host = new ManualHost(clock, stores))
        {
            var id = Reminder(host).GetGrainId();
            var old = host.Run(() => host.Silo.Reminders.RegisterOrUpdateAsync(id, "r", s_minute, s_minute));
            host.Run(() => Task.WhenAll(host.Silo.Reminders.RegisterOrUpdateAsync(id, "r", 2 * s_minute, s_minute), host.Silo.Reminders.UnregisterAsync(id, old)));
            Assert.Equal(["r"], host.Run(Reminder(host).All));
        }

        using var next = new ManualHost(clock, stores);
        Assert.Equal(["r"], next.Run(Reminder(next).All));
    }

    /// <summary>Grains register anew whenever they are activated: what is waited for must not grow by that, however far the ticks are.</summary>
    [Fact]
    public void A_reminder_registered_again_and_again_is_waited_for_once()
    {
        using var host = new ManualHost();
        for (var i = 0; i < 100; i++)
        {
            host.Run(() => Reminder(host).Register("r", (200 - i) * s_minute, 100 * s_minute));
            Assert.Equal(1, host.Silo.Reminders.WaitingCount);
        }

        host.Run(() => Reminder(host).Unregister("r"));
        Assert.Equal(0, host.Silo.Reminders.WaitingCount);
    }

    private static IReminderGrain Reminder(ManualHost host) => host.Grains.GetGrain<IReminderGrain>("reminded");
}
