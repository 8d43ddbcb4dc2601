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
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        var barrier = $"abandoned {cancelTarget}";
        for (var use = 1u; use <= 4; use++)
        {
            await BlockAsync(raw, new CallId(0, use), barrier);
            await raw.AbandonAsync(new CallId(0, use), cancelTarget);
        }

        await BlockAsync(raw, new CallId(0, 5), barrier);
        Assert.Contains("4 calls of", Assert.IsType<GatewayTooBusyException>(await raw.ReceiveFailureAsync(new CallId(0, 5))).Message, StringComparison.Ordinal);

        Barrier.Named(barrier).Release();
        Assert.Equal("b", await client.GetGrain<IRemoteGrain>("b").Name());
        await BlockAsync(raw, new CallId(0, 6), barrier);
        await raw.ReceiveDoneAsync(new CallId(0, 6));
    }

    [Fact]
    public async Task Their_bytes_are_limited_until_they_end()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => (options.MaxFrameBytes, options.MaxCallBytesPerConnection) = (65_536, 100_000));
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        var barrier = new string('a', 60_000);
        await BlockAsync(raw, new CallId(0, 1), barrier);
        await raw.AbandonAsync(new CallId(0, 1), cancelTarget: false);

        await BlockAsync(raw, new CallId(0, 2), barrier);
        Assert.Contains("MaxCallBytesPerConnection = 100000", Assert.IsType<GatewayTooBusyException>(await raw.ReceiveFailureAsync(new CallId(0, 2))).Message, StringComparison.Ordinal);

        Barrier.Named(barrier).Release();
        Assert.Equal("b", await client.GetGrain<IRemoteGrain>("b").Name());
        await BlockAsync(raw, new CallId(0, 3), barrier);
        await raw.ReceiveDoneAsync(new CallId(0, 3));
    }

    /// <summary>Whoever is impatient for long is not refused for ever.</summary>
    [Fact]
    public async Task What_has_ended_is_forgotten_however_many_were_abandoned()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 100);
        await using var _ = cluster;
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
            Assert.Equal("b", await client.GetGrain<IRemoteGrain>("b").Name());
        }

        await BlockAsync(raw, new CallId(0, 1_000), "impatient 0");
        await raw.ReceiveDoneAsync(new CallId(0, 1_000));
    }

    private static Task BlockAsync(RawClient raw, CallId id, string barrier)
    {
        var argument = System.Text.Encoding.UTF8.GetBytes($"\"{barrier}\"");
        return raw.RequestAsync(id, 0, 0, "b", [.. BitConverter.GetBytes(argument.Length), .. argument]);
    }
}
