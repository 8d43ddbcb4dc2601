using Microsoft.Extensions.DependencyInjection;
using Orleans.Conformance;
using Orleans.Embedded.Tests.Serialization;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using ProvingMarket.Serialization;
using ProvingMarket.TestKit;

using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class GatewayCallTests
{
    public static TheoryData<string> Transports => GatewayCluster.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Arguments_and_results_travel(string transport)
    {
        var (cluster, client) = await GatewayCluster.StartAsync(transport);
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var value = new Everything { Text = "t", Decimal = 1.5m, Shapes = [new Circle(2)], Key = new("k", 1) };

        var back = await grain.Echo(value);

        Assert.Equal(("t", 1.5m, new Key("k", 1)), (back.Text, back.Decimal, back.Key));
        Assert.Equal([new Circle(2)], back.Shapes.AsEnumerable());
        Assert.Equal(new Box(2, 1), await grain.Turn(new Box(1, 2), 3));
        await grain.Nothing();
        Assert.Equal(1_000_000, await grain.Length(new byte[1_000_000]));
        Assert.Equal(1_000_000, (await grain.Bytes(1_000_000)).Length);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Many_callers_share_a_connection(string transport)
    {
        var (cluster, client) = await GatewayCluster.StartAsync(transport);
        await using var _ = cluster;

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async caller =>
        {
            for (var i = 0; i < 50; i++) Assert.Equal(i + caller, await client.GetGrain<IRemoteGrain>($"{caller % 7}").Length(new byte[i + caller]));
        }));
        Assert.Equal(1, cluster.Gateway.ConnectionCount);
    }

    [Fact]
    public async Task Exceptions_travel_with_type_message_and_cause()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");

        Assert.Contains("out of range", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Throw("argument"))).Message, StringComparison.Ordinal);
        var own = await Assert.ThrowsAsync<RemoteRefusalException>(() => grain.Throw("own"));
        Assert.Equal("refused", own.Message);
        Assert.IsType<TimeoutException>(own.InnerException);
        Assert.DoesNotContain(nameof(RemoteGrain), own.StackTrace, StringComparison.Ordinal);
        Assert.Equal($"{typeof(NumberedException)}: number 7", (await Assert.ThrowsAsync<OrleansException>(() => grain.Throw("number"))).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.Throw("cancelled"));
    }

    [Fact]
    public async Task Stack_traces_travel_when_the_gateway_shows_them()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.ShowStackTraces = true);
        await using var _ = cluster;

        var own = await Assert.ThrowsAsync<RemoteRefusalException>(() => client.GetGrain<IRemoteGrain>("a").Throw("own"));
        Assert.Contains(nameof(RemoteGrain), own.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_in_the_grain()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        using var source = new CancellationTokenSource();
        var call = client.GetGrain<IRemoteGrain>("a").Wait("gateway cancel", source.Token);
        await Barrier.Named("gateway cancel").Arrived;

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Barrier.Named("gateway cancel cancelled True").Arrived;
        Barrier.Named("gateway cancel cancelled True").Release();
    }

    [Fact]
    public async Task A_call_that_times_out_is_given_up_and_its_late_answer_is_ignored()
    {
        var clock = new FakeTimeProvider();
        var (cluster, client) = await GatewayCluster.StartAsync(clock: clock, gateway: options => (options.MaxCallsPerConnection, options.PingInterval) = (1, TimeSpan.FromHours(1)));
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var call = grain.Block("gateway timeout");
        await Barrier.Named("gateway timeout").Arrived;

        clock.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => call);

        // The only place is free again, and the answer that comes now belongs to nobody.
        Barrier.Named("gateway timeout").Release();
        for (var i = 0; i < 100; i++) Assert.Equal("a", await grain.Name());
    }

    [Fact]
    public async Task Values_of_the_request_context_travel()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        RequestContext.Set("who", "ada");
        RequestContext.Set("age", 36);
        try
        {
            Assert.Equal("ada", await client.GetGrain<IRemoteGrain>("a").Context("who"));
            Assert.Equal("36", await client.GetGrain<IRemoteGrain>("a").Context("age"));
            Assert.Null(await client.GetGrain<IRemoteGrain>("a").Context("nothing"));

            RequestContext.Set("object", new Uri("http://localhost"));
            Assert.Contains("'object'", (await Assert.ThrowsAsync<CodecNotFoundException>(() => client.GetGrain<IRemoteGrain>("a").Name())).Message, StringComparison.Ordinal);
        }
        finally
        {
            RequestContext.Clear();
        }

        Assert.Null(await client.GetGrain<IRemoteGrain>("a").Context("who"));
    }

    [Fact]
    public async Task One_way_calls_arrive()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");

        for (var i = 0; i < 100; i++) await grain.Note($"{i}");

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), await grain.Notes());
    }

    [Fact]
    public async Task References_to_grains_travel_both_ways()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;

        Assert.Equal("b", await client.GetGrain<IRemoteGrain>("a").Forward(client.GetGrain<IRemoteGrain>("b")));
        var self = await client.GetGrain<IRemoteGrain>("c").Self();
        Assert.Equal("c", await self.Name());
        Assert.Equal(client.GetGrain<IRemoteGrain>("c"), self);
    }

    [Fact]
    public async Task Messages_over_the_limit_and_types_that_do_not_travel_are_refused_and_the_connection_stays()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxFrameBytes = 64 * 1024);
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");

        Assert.Contains("MaxFrameBytes = 65536", (await Assert.ThrowsAsync<SerializerLimitException>(() => grain.Length(new byte[65536]))).Message, StringComparison.Ordinal);
        Assert.Contains("MaxFrameBytes = 65536", (await Assert.ThrowsAsync<SerializerLimitException>(() => grain.Bytes(65536))).Message, StringComparison.Ordinal);
        Assert.Contains("[GenerateSerializer]", (await Assert.ThrowsAsync<CodecNotFoundException>(grain.Unwritable)).Message, StringComparison.Ordinal);
        Assert.Equal("a", await grain.Name());
    }

    /// <summary>The silo could send more: what is too much for the client costs the one call, not the connection with all others.</summary>
    [Fact]
    public async Task An_answer_over_the_limit_of_the_client_is_refused_and_the_connection_stays()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(client: builder => builder.UseEmbeddedGateway(options => options.MaxFrameBytes = 64 * 1024));
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var other = grain.Block("small client");
        await Barrier.Named("small client").Arrived;

        Assert.Contains("MaxFrameBytes = 65536", (await Assert.ThrowsAsync<SerializerLimitException>(() => grain.Bytes(65536))).Message, StringComparison.Ordinal);

        Barrier.Named("small client").Release();
        await other;
        Assert.Equal("a", await grain.Name());
    }

    [Fact]
    public async Task Calls_over_the_limit_are_refused_and_have_not_run()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var blocked = new[] { grain.Block("gateway busy"), grain.Block("gateway busy") };

        var refusal = await Assert.ThrowsAsync<GatewayTooBusyException>(() => grain.Block("gateway busy"));

        Assert.Contains("MaxCallsPerConnection", refusal.Message, StringComparison.Ordinal);
        await Barrier.Named("gateway busy").Arrived;
        Barrier.Named("gateway busy").Release();
        await Task.WhenAll(blocked);
        Assert.Equal("a", await grain.Name());
    }

    [Fact]
    public async Task An_interface_that_no_class_implements_is_refused_when_it_is_asked_for()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;

        Assert.Contains("Could not find an implementation", Assert.Throws<ArgumentException>(() => client.GetGrain<IWatchedGrain>("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outgoing_filters_see_remote_calls()
    {
        var seen = new List<string>();
        var (cluster, client) = await GatewayCluster.StartAsync(client: builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(new Filter(seen)));
        await using var _ = cluster;

        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
        await Assert.ThrowsAsync<RemoteRefusalException>(() => client.GetGrain<IRemoteGrain>("a").Throw("own"));

        Assert.Equal(["Name a", "Throw RemoteRefusalException"], seen);
    }

    private sealed class Filter(List<string> seen) : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            try
            {
                await context.Invoke();
                seen.Add($"{context.MethodName} {context.Result}");
            }
            catch (Exception error)
            {
                seen.Add($"{context.MethodName} {error.GetType().Name}");
                throw;
            }
        }
    }
}
