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

    [Fact]
    public async Task Connecting_again_does_not_begin_the_count_anew()
    {
        var (cluster, _) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var __ = cluster;
        using (var before = await RawClient.ShakeHandsAsync(cluster, "again"))
        {
            await before.NameAsync("test.remote", "block", "remote");
            for (var use = 1u; use <= 4; use++)
            {
                await BlockAsync(before, new CallId(use % 2, use), $"again {use}");
                await Barrier.Named($"again {use}").Arrived;
                if (use <= 2) await before.AbandonAsync(new CallId(use % 2, use), cancelTarget: false);
            }
        }

        await cluster.SiloLog.WaitForAsync("Client again at");
        using var after = await RawClient.ShakeHandsAsync(cluster, "again");
        await after.NameAsync("test.remote", "block", "remote");
        await BlockAsync(after, new CallId(0, 1), "again 1");
        Assert.Contains("4 calls of", Assert.IsType<GatewayTooBusyException>(await after.ReceiveOutcomeAsync(new CallId(0, 1))).Message, StringComparison.Ordinal);

        for (var use = 1u; use <= 4; use++) Barrier.Named($"again {use}").Release();
        await AssertRoomAgainAsync(after, "again 1");
    }

    /// <summary>Nor under another name: there are only so many, and who comes back needs no other place than the one that was kept.</summary>
    [Fact]
    public async Task A_client_that_left_while_a_call_went_on_keeps_its_place_until_it_has_ended()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxConnections = 2);
        await using var _ = cluster;
        using (var first = await RawClient.ShakeHandsAsync(cluster, "first"))
        {
            await first.NameAsync("test.remote", "block", "remote");
            await BlockAsync(first, new CallId(0, 1), "left behind");
            await Barrier.Named("left behind").Arrived;
        }

        await cluster.SiloLog.WaitForAsync("Client first at");
        Assert.Contains("MaxConnections = 2", (await RefusalOfAsync(cluster, "second"))!.Reason, StringComparison.Ordinal);
        Assert.Null(await RefusalOfAsync(cluster, "first"));

        Barrier.Named("left behind").Release();
        while (await RefusalOfAsync(cluster, "second") is { } refusal) Assert.False(refusal.IsFinal);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task Calls_that_can_be_cancelled_are_when_their_connection_ends()
    {
        var (cluster, _) = await GatewayCluster.StartAsync();
        await using var __ = cluster;
        using (var raw = await RawClient.ShakeHandsAsync(cluster))
        {
            await raw.NameAsync("test.remote", "wait", "remote");
            await BlockAsync(raw, new CallId(0, 1), "dropped connection");
            await Barrier.Named("dropped connection").Arrived;
        }

        await Barrier.Named("dropped connection cancelled True").Arrived;
        Barrier.Named("dropped connection cancelled True").Release();
    }

    /// <summary>A call that was never accepted does not end: it must not be waited for.</summary>
    [Fact]
    public async Task A_client_that_is_thrown_out_for_a_call_leaves_no_place_taken()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => (options.MaxConnections, options.MaxCallsPerConnection) = (2, 2));
        await using var _ = cluster;
        using (var bad = await RawClient.ShakeHandsAsync(cluster, "bad"))
        {
            await bad.NameAsync("test.remote", "block", "remote");
            await BlockAsync(bad, new CallId(2, 1), "thrown out");
            await bad.EndAsync();
        }

        await cluster.SiloLog.WaitForAsync("Client bad at");
        Assert.Null(await RefusalOfAsync(cluster, "good"));
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    private static async Task<Refusal?> RefusalOfAsync(GatewayCluster cluster, string name)
    {
        using var raw = await RawClient.ConnectAsync(cluster);
        return (await raw.HelloAsync(new Hello { Version = Handshake.Version, ClusterId = "default", ServiceId = "default", Client = name })).Refusal;
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
