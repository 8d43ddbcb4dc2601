using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

/// <summary>How the open requests of a shard are woken.</summary>
public sealed class ResumptionTests
{
    /// <summary>Waking takes as long as the slowest request, and is asked for again meanwhile: by a silo that got no answer in time, and by the reminder of every minute.</summary>
    [Fact]
    public async Task Who_asks_while_requests_are_being_woken_waits_for_that_and_wakes_none_twice()
    {
        var calls = new HeldWakings();
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(calls));
        await market.OpenAsync(market.Spec("r1"));
        await market.SettleAsync();
        var before = calls.Wakings;

        calls.Hold();
        var first = market.WatchOf("r1").ResumeAsync();
        await calls.Resuming(1);
        var second = market.WatchOf("r1").ResumeAsync();
        await calls.Resuming(2);
        calls.Release();

        var woken = await Task.WhenAll(first, second).WaitAsync(Patience.Limit);
        Assert.Equal([1, 1], woken);
        Assert.Equal(1, calls.Wakings - before);
        // The next one is another pass.
        Assert.Equal(1, await market.WatchOf("r1").ResumeAsync().WaitAsync(Patience.Limit));
        Assert.Equal(2, calls.Wakings - before);
    }

    /// <summary>Where no other request begins or ends, the shard's next write is not waited for.</summary>
    [Fact]
    public async Task That_a_request_has_ended_is_durable_after_a_second()
    {
        await using var market = await MarketAsync();
        await ServeAsync(market);
        var before = market.Faults.Writes;
        await market.AdvanceAsync(TimeSpan.FromSeconds(0.9));
        Assert.Equal(0, market.Faults.Writes - before);
        await market.AdvanceAsync(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, market.Faults.Writes - before);
        Assert.Empty(market.Disk.Watch("r1").Open);
        await Audit.AtRestAsync(market);
    }

    /// <summary>It had been told, and not written yet.</summary>
    [Fact]
    public async Task A_shard_that_has_lost_that_a_request_has_ended_hears_it_once_more()
    {
        await using var market = await MarketAsync();
        await ServeAsync(market);
        Assert.NotEmpty(market.Disk.Watch("r1").Open);
        await market.KillAsync();
        await market.StartAgainAsync();
        Assert.Equal(RequestPhase.Fulfilled, (await market.StatusAsync("r1")).Phase);
        await market.SettleAsync();
        Assert.Empty(await market.WatchOf("r1").ListAsync());
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(market.Disk.Watch("r1").Open);
        await Audit.AtRestAsync(market);
    }

    /// <summary>What ended last is written when the shard leaves memory before its time.</summary>
    [Fact]
    public async Task A_shard_that_stops_in_order_writes_which_requests_have_ended()
    {
        await using var market = await MarketAsync();
        await ServeAsync(market);
        await market.StopAsync();
        Assert.Empty(market.Disk.Watch("r1").Open);
    }

    private static async Task ServeAsync(MarketCluster market)
    {
        await market.ServeAsync("r1", await market.ProverAsync("p1"));
        Assert.Empty(await market.WatchOf("r1").ListAsync());
    }

    /// <summary>Keeps requests from being woken for a while, and knows who has begun to wake them.</summary>
    private sealed class HeldWakings : IIncomingGrainCallFilter
    {
        private readonly Channel<string> _begun = Channel.CreateUnbounded<string>();
        private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _wakings;
        private int _resuming;

        public HeldWakings() => Release();

        public int Wakings => Volatile.Read(ref _wakings);

        public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate.TrySetResult();

        /// <summary>Completes when so many have begun since the test did.</summary>
        public async Task Resuming(int count)
        {
            for (; _resuming < count; _resuming++) await _begun.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
        }

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.InterfaceMethod.Name == nameof(IProofRequestGrain.WakeAsync))
            {
                Interlocked.Increment(ref _wakings);
                await _gate.Task;
            }
            var call = context.Invoke();
            // By now it has asked whom it asks.
            if (context.InterfaceMethod.Name == nameof(IRequestWatchGrain.ResumeAsync)) Assert.True(_begun.Writer.TryWrite(context.InterfaceMethod.Name));
            await call;
        }
    }
}
