using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>A call that its caller gives up at once still runs: it counts until it has ended, and no longer.</summary>
public sealed class AbandonedCallTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_that_are_abandoned_at_once_are_limited_until_they_end(bool cancelTarget)
    {
        var (cluster, _) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        string BarrierOf(uint use) => $"abandoned {cancelTarget} {use}";
        for (var use = 1u; use <= 4; use++)
        {
            await BlockAsync(raw, new CallId(0, use), BarrierOf(use));
            await Barrier.Named(BarrierOf(use)).Arrived;
            await raw.AbandonAsync(new CallId(0, use), cancelTarget);
        }

        await BlockAsync(raw, new CallId(0, 5), BarrierOf(1));
        Assert.Contains("4 calls of", Assert.IsType<GatewayTooBusyException>(await raw.ReceiveOutcomeAsync(new CallId(0, 5))).Message, StringComparison.Ordinal);

        for (var use = 1u; use <= 4; use++) Barrier.Named(BarrierOf(use)).Release();
        await AssertRoomAgainAsync(raw, BarrierOf(1));
    }

    [Fact]
    public async Task Their_bytes_are_limited_until_they_end()
    {
        var (cluster, _) = await GatewayCluster.StartAsync(gateway: options => (options.MaxFrameBytes, options.MaxCallBytesPerConnection) = (65_536, 100_000));
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        var barrier = new string('a', 60_000);
        await BlockAsync(raw, new CallId(0, 1), barrier);
        await Barrier.Named(barrier).Arrived;
        await raw.AbandonAsync(new CallId(0, 1), cancelTarget: false);

        await BlockAsync(raw, new CallId(0, 2), barrier);
        Assert.Contains("MaxCallBytesPerConnection = 100000", Assert.IsType<GatewayTooBusyException>(await raw.ReceiveOutcomeAsync(new CallId(0, 2))).Message, StringComparison.Ordinal);

        Barrier.Named(barrier).Release();
        await AssertRoomAgainAsync(raw, barrier);
    }

    /// <summary>Whoever is impatient for long is not refused for ever.</summary>
    [Fact]
    public async Task What_has_ended_is_forgotten_however_many_were_abandoned()
    {
        var (cluster, _) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 100);
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        for (var round = 0; round < 10; round++)
        {
            var barrier = $"impatient {round}";
            for (var place = 0u; place < 100; place++)
            {
                await BlockAsync(raw, new CallId(place, (uint)round + 1), barrier);
                await raw.AbandonAsync(new CallId(place, (uint)round + 1), cancelTarget: false);
            }

            Barrier.Named(barrier).Release();
        }

        await AssertRoomAgainAsync(raw, "impatient 0");
    }

    /// <summary>Nobody has run it, and nobody will: it must not count for ever.</summary>
    [Fact]
    public async Task What_waited_for_a_grain_that_could_not_be_activated_is_forgotten()
    {
        var (cluster, _) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "name", "remote");
        for (var use = 1u; use <= 4; use++)
        {
            await raw.RequestAsync(new CallId(0, use), 0, 0, $"stillborn {use}", []);
            await raw.AbandonAsync(new CallId(0, use), cancelTarget: false);
        }

        Barrier.Named("stillborn").Release();
        Exception? outcome;
        var again = 1_000u;
        do
        {
            await raw.RequestAsync(new CallId(0, ++again), 0, 0, "stillborn", []);
            outcome = await raw.ReceiveOutcomeAsync(new CallId(0, again));
        }
        while (outcome is GatewayTooBusyException);
        Assert.Contains("no life", outcome!.Message, StringComparison.Ordinal);
    }

    /// <summary>What has ended is seen by the calls that come after it, a few of them with each.</summary>
    private static async Task AssertRoomAgainAsync(RawClient raw, string openBarrier)
    {
        var use = 1_000u;
        do await BlockAsync(raw, new CallId(0, ++use), openBarrier);
        while (await raw.ReceiveOutcomeAsync(new CallId(0, use)) is GatewayTooBusyException);
    }

    private static Task BlockAsync(RawClient raw, CallId id, string barrier)
    {
        var argument = System.Text.Encoding.UTF8.GetBytes($"\"{barrier}\"");
        return raw.RequestAsync(id, 0, 0, "b", [.. BitConverter.GetBytes(argument.Length), .. argument]);
    }
}
