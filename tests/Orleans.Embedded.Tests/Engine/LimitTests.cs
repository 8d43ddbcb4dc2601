using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Conformance;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Engine;

public interface IStubbornGrain : IGrainWithStringKey
{
    Task<string> Name();

    Task End();

    Task Never();
}

/// <summary>Takes its time: how long is in its key.</summary>
public sealed class StubbornGrain(Journal journal, TimeProvider clock, ScopedService scoped) : Grain, IStubbornGrain, IAsyncDisposable
{
    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        Key.StartsWith("slow to start", StringComparison.Ordinal) && journal.Of(Key).Count == 0 ? HangAsync(cancellationToken) : Task.CompletedTask;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        Key.StartsWith("slow to end", StringComparison.Ordinal) ? HangAsync(cancellationToken) : Task.CompletedTask;

    public Task<string> Name() => Task.FromResult(Key);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Never() => Task.Delay(Timeout.InfiniteTimeSpan, clock);

    public ValueTask DisposeAsync()
    {
        journal.Add(Key, $"disposed, its services {(scoped.IsDisposed ? "before" : "after")}");
        if (Key == "fails to end") throw new InvalidOperationException("does not let go");
        return ValueTask.CompletedTask;
    }

    private async Task HangAsync(CancellationToken token)
    {
        await using var registration = token.Register(() =>
        {
            journal.Add(Key, $"told that the time is over{(RuntimeContext.Current is null ? ", by somebody else" : "")}");
            if (Key.EndsWith("and beside itself", StringComparison.Ordinal)) throw new InvalidOperationException("does not want to hear it");
        });
        await new TaskCompletionSource().Task;
    }
}

public sealed class ScopedService(Journal journal) : IDisposable
{
    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        IsDisposed = true;
        journal.Add("scoped", "disposed");
    }
}

public interface ICountedWorkerGrain : IGrainWithStringKey
{
    Task<int> Work();
}

[StatelessWorker(4), CollectionAgeLimit(Minutes = 2)]
public sealed class CountedWorkerGrain(Journal journal) : Grain, ICountedWorkerGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Add("worker", "activated");
        return Task.CompletedTask;
    }

    public async Task<int> Work()
    {
        await Task.Yield();
        return 1;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Add("worker", "deactivated");
        return Task.CompletedTask;
    }
}

public sealed class LimitTests
{
    private static ManualHost Host() => new(configure: silo => silo
        .Configure<GrainCollectionOptions>(options =>
        {
            options.ActivationTimeout = TimeSpan.FromSeconds(5);
            options.DeactivationTimeout = TimeSpan.FromSeconds(5);
        })
        .ConfigureServices(services => services.AddScoped<ScopedService>()));

    [Fact]
    public void A_grain_that_does_not_activate_in_time_fails_its_callers_and_is_tried_again()
    {
        using var host = Host();
        var grain = host.Grains.GetGrain<IStubbornGrain>("slow to start");
        var call = host.Start(grain.Name);
        host.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(call.IsCompleted);
        host.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Contains("activate within 00:00:05", Assert.IsType<TimeoutException>(call.Exception!.InnerException).Message, StringComparison.Ordinal);
        Assert.Contains("told that the time is over", host.Journal.Of("slow to start"));
        Assert.Equal("slow to start", host.Run(grain.Name));
    }

    [Fact]
    public void A_grain_that_does_not_deactivate_in_time_does_not_hold_up_the_next_activation()
    {
        using var host = Host();
        var grain = host.Grains.GetGrain<IStubbornGrain>("slow to end");
        host.Run(grain.End);
        var call = host.Start(grain.Name);
        Assert.False(call.IsCompleted);
        host.Advance(TimeSpan.FromSeconds(5));

        Assert.True(call.IsCompletedSuccessfully);
    }

    /// <summary>A callback that throws on a thread of the clock would end the process.</summary>
    [Theory]
    [InlineData("slow to start and beside itself")]
    [InlineData("slow to end and beside itself")]
    public void A_grain_that_fails_when_it_is_told_that_its_time_is_over_does_so_in_a_turn_of_its_own(string key)
    {
        using var host = Host();
        var grain = host.Grains.GetGrain<IStubbornGrain>(key);
        var ending = host.Start(grain.End);

        host.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("told that the time is over", host.Journal.Of(key)[0]);
        Assert.True(ending.IsCompleted);
        Assert.Equal(key, host.Run(grain.Name));
    }

    [Fact]
    public void Grain_and_scoped_services_are_disposed_with_the_activation()
    {
        using var host = Host();
        host.Run(host.Grains.GetGrain<IStubbornGrain>("disposed").End);

        Assert.Equal(["disposed, its services after"], host.Journal.Of("disposed"));
        Assert.Equal(["disposed"], host.Journal.Of("scoped"));
    }

    [Fact]
    public void A_grain_that_cannot_be_disposed_takes_its_services_with_it_all_the_same()
    {
        using var host = Host();
        host.Run(host.Grains.GetGrain<IStubbornGrain>("fails to end").End);

        Assert.Single(host.Journal.Of("fails to end"));
        Assert.Equal(["disposed"], host.Journal.Of("scoped"));
    }

    [Fact]
    public void A_silo_that_is_killed_while_it_stops_does_not_wait_for_what_will_never_end()
    {
        using var host = Host();
        var call = host.Start(host.Grains.GetGrain<IStubbornGrain>("never").Never);
        var stopping = host.Start(() => host.Silo.StopAsync(CancellationToken.None));
        Assert.False(stopping.IsCompleted);

        host.Silo.Kill();
        host.Settle();

        Assert.True(stopping.IsCompletedSuccessfully);
        Assert.True(host.Silo.IsHalted);
        Assert.IsType<SiloUnavailableException>(call.Exception!.InnerException);
    }

    [Fact]
    public void A_silo_that_may_not_wait_longer_cuts_off_what_runs()
    {
        using var host = Host();
        var call = host.Start(host.Grains.GetGrain<IStubbornGrain>("never").Never);
        using var patience = new CancellationTokenSource();
        var stopping = host.Start(() => host.Silo.StopAsync(patience.Token));
        Assert.False(stopping.IsCompleted);
        patience.Cancel();
        host.Settle();

        Assert.True(stopping.IsCompletedSuccessfully);
        Assert.True(host.Silo.IsHalted);
        Assert.IsType<SiloUnavailableException>(call.Exception!.InnerException);
    }

    [Fact]
    public void Idle_workers_are_collected_and_come_back()
    {
        using var host = Host();
        var grain = host.Grains.GetGrain<ICountedWorkerGrain>("x");
        Assert.Equal(40, host.Run(async () => (await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => grain.Work()))).Sum()));
        Assert.Equal(4, host.Journal.Of("worker").Count(entry => entry == "activated"));

        host.Advance(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(1));
        Assert.Equal(4, host.Journal.Of("worker").Count(entry => entry == "deactivated"));
        Assert.Empty(host.Silo.Targets());
        Assert.Equal(1, host.Run(grain.Work));
    }

    [Fact]
    public void A_grain_that_ends_itself_whenever_it_is_activated_is_given_up()
    {
        using var host = Host();

        var refused = Assert.Throws<OrleansMessageRejectionException>(() => host.Run(host.Grains.GetGrain<IEphemeralGrain>("x").Nothing));
        Assert.Contains("deactivates itself", refused.Message, StringComparison.Ordinal);
    }

    public interface IEphemeralGrain : IGrainWithStringKey
    {
        Task Nothing();
    }

    public sealed class EphemeralGrain : Grain, IEphemeralGrain
    {
        public override Task OnActivateAsync(CancellationToken cancellationToken)
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public Task Nothing() => Task.CompletedTask;
    }
}
