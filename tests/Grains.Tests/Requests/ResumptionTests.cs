using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Requests;
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
