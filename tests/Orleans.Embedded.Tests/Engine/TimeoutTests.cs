using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Conformance;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Orleans.Engine;

public sealed class TimeoutTests
{
    [Fact]
    public void A_caller_waits_thirty_seconds_and_not_less()
    {
        using var host = new ManualHost();
        var call = host.Start(() => host.Grains.GetGrain<ISchedulingGrain>("slow", typeof(SchedulingGrain).FullName).Enter("never released"));

        host.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
        host.Advance(TimeSpan.FromTicks(1) + TimeSpan.FromMilliseconds(1));

        var timeout = Assert.IsType<TimeoutException>(Assert.Single(call.Exception!.InnerExceptions));
        Assert.Contains("00:00:30", timeout.Message, StringComparison.Ordinal);
        Assert.Contains("unknown", timeout.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_call_has_its_own_time()
    {
        using var host = new ManualHost();
        var calls = new List<Task>();
        for (var i = 0; i < 10; i++)
        {
            var key = $"own {i}";
            calls.Add(host.Start(() => host.Grains.GetGrain<ISchedulingGrain>(key, typeof(SchedulingGrain).FullName).Enter("never released")));
            host.Advance(TimeSpan.FromSeconds(2));
        }

        host.Advance(TimeSpan.FromSeconds(15.5));
        for (var i = 0; i < 10; i++) Assert.Equal(i < 3, calls[i].IsCompleted);
        host.Advance(TimeSpan.FromSeconds(30));
        Assert.All(calls, call => Assert.True(call.IsFaulted));
    }

    [Fact]
    public void A_method_may_name_its_own_timeout()
    {
        using var host = new ManualHost();
        var call = host.Start(() => host.Grains.GetGrain<ITraceGrain>("named").Long());

        host.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(call.IsCompleted);
        host.Advance(TimeSpan.FromSeconds(0.002));
        Assert.IsType<TimeoutException>(call.Exception!.InnerException);
    }

    /// <summary>The timers of the system do not reach that far, and refuse to try.</summary>
    [Theory]
    [InlineData("60.00:00:00")]
    [InlineData("10675199.02:48:05.4775807")]
    public async Task A_caller_may_wait_for_months_or_for_ever(string timeout)
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture)));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var grain = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<ISchedulingGrain>("patient", typeof(SchedulingGrain).FullName);
        var call = grain.Enter($"patient {timeout}");
        await Conformance.Barrier.Named($"patient {timeout}").Arrived;
        Conformance.Barrier.Named($"patient {timeout}").Release();

        Assert.Equal(1, await call);
    }

    [Fact]
    public void A_caller_that_waits_for_months_is_told_when_they_are_over()
    {
        using var host = new ManualHost(configure: silo => silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromDays(60)));
        var call = host.Start(() => host.Grains.GetGrain<ISchedulingGrain>("months", typeof(SchedulingGrain).FullName).Enter("never released"));

        host.Advance(TimeSpan.FromDays(60) - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
        host.Advance(TimeSpan.FromMilliseconds(2));
        Assert.IsType<TimeoutException>(call.Exception!.InnerException);
    }

    [Fact]
    public void A_caller_that_waits_for_ever_does()
    {
        using var host = new ManualHost(configure: silo => silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.MaxValue));
        host.Advance(TimeSpan.FromDays(1));
        var call = host.Start(() => host.Grains.GetGrain<ISchedulingGrain>("for ever", typeof(SchedulingGrain).FullName).Enter("never released"));

        host.Advance(TimeSpan.FromDays(60));
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public void A_call_that_timed_out_before_its_turn_does_not_run()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<ISchedulingGrain>("dropped", typeof(SchedulingGrain).FullName);
        var holding = host.Start(() => grain.Enter("dropped"));
        var waiting = host.Start(() => grain.Work(1));

        host.Advance(TimeSpan.FromSeconds(31));
        Assert.True(holding.IsFaulted && waiting.IsFaulted);
        Conformance.Barrier.Named("dropped").Release();

        Assert.Equal((0, 0), host.Run(grain.Report));
    }

    /// <summary>The call that is sent again must not bring along its place in the queue in which the first one still is.</summary>
    [Fact]
    public void A_call_that_is_sent_again_while_the_first_still_waits_keeps_no_other_from_its_turn()
    {
        using var host = new ManualHost(configure: silo => silo.AddOutgoingGrainCallFilter(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (TimeoutException) when (context.MethodName == nameof(ISchedulingGrain.Work))
            {
                await context.Invoke();
            }
        }));
        var grain = host.Grains.GetGrain<ISchedulingGrain>("sent again", typeof(SchedulingGrain).FullName);
        _ = host.Start(() => grain.Enter("sent again"));
        var sentAgain = host.Start(() => grain.Work(1));
        host.Advance(TimeSpan.FromSeconds(10));
        var behind = host.Start(() => grain.Work(1));
        host.Advance(TimeSpan.FromSeconds(21));
        Conformance.Barrier.Named("sent again").Release();
        host.Settle();
        Assert.True(sentAgain.IsCompletedSuccessfully && behind.IsCompletedSuccessfully);

        _ = host.Start(() => grain.Enter("after that"));
        var after = host.Start(() => grain.Work(1));
        Conformance.Barrier.Named("after that").Release();
        host.Settle();

        Assert.True(after.IsCompletedSuccessfully);
        Assert.Equal((3, 0), host.Run(grain.Report));
    }

    [Fact]
    public void An_answered_call_leaves_nothing_behind()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<ICallGrain>("answered");
        for (var i = 0; i < 100; i++) Assert.Equal(i, host.Run(() => grain.Sum(i, 0)));

        var ran = host.Scheduler.Ran;
        host.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(ran, host.Scheduler.Ran);
    }
}
