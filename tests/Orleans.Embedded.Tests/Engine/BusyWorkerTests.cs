using Orleans.Concurrency;
using Orleans.Conformance;
using Orleans.Runtime;

namespace Orleans.Engine;

public interface IBusyWorkerGrain : IGrainWithStringKey
{
    /// <summary>Starts a timer whose callback ends when the barrier of the grain's key is released.</summary>
    Task StartTicking(bool interleave);

    /// <summary>Says which of the activations answers.</summary>
    Task<int> Number();
}

[StatelessWorker(2), CollectionAgeLimit(Minutes = 2)]
public sealed class BusyWorkerGrain(Journal journal) : Grain, IBusyWorkerGrain
{
    private int _number;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Add(Key, "activated");
        _number = journal.Of(Key).Count;
        return Task.CompletedTask;
    }

    public Task StartTicking(bool interleave)
    {
        this.RegisterGrainTimer(
            () => Conformance.Barrier.Named(Key).PassAsync(), new GrainTimerCreationOptions(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task<int> Number() => Task.FromResult(_number);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Conformance.Barrier.Named(Key).PassAsync();
}

/// <summary>A worker that is busy with something else than a call is not given one while another could take it.</summary>
public sealed class BusyWorkerTests
{
    [Fact]
    public void A_worker_whose_timer_ticks_is_not_given_calls()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<IBusyWorkerGrain>("ticking worker");
        host.Run(() => grain.StartTicking(interleave: false));
        host.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, host.Run(grain.Number));
        Assert.Equal(2, host.Run(grain.Number));

        // Once the callback has ended, both take calls.
        Conformance.Barrier.Named("ticking worker").Release();
        host.Settle();
        var first = host.Start(grain.Number);
        var second = host.Start(grain.Number);
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_call_that_finds_every_worker_ticking_waits_for_the_first_that_is_done()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<IBusyWorkerGrain>("both ticking");
        host.Run(() => Task.WhenAll(grain.StartTicking(interleave: false), grain.StartTicking(interleave: false)));
        host.Advance(TimeSpan.FromSeconds(1));
        var call = host.Start(grain.Number);
        Assert.False(call.IsCompleted);

        Conformance.Barrier.Named("both ticking").Release();
        host.Settle();

        Assert.True(call.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_worker_whose_tick_interleaves_takes_calls()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<IBusyWorkerGrain>("interleaving worker");
        host.Run(() => grain.StartTicking(interleave: true));
        host.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, host.Run(grain.Number));
    }

    [Fact]
    public void A_worker_that_ends_is_not_given_calls()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<IBusyWorkerGrain>("ending worker");
        Assert.Equal(1, host.Run(grain.Number));
        host.Advance(TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(1));

        Assert.Equal(2, host.Run(grain.Number));
    }
}
