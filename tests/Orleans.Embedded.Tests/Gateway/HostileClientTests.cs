using System.Buffers;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Orleans.Serialization;
using ProvingMarket.TestKit;
using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>Whatever a client sends ends its own connection at most, and the log says why.</summary>
public sealed class HostileClientTests
{
    private static readonly CallId s_id = new(0, 1);

    public static TheoryData<string, string> StrangeBeginnings => new()
    {
        { "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "does not begin as a client does" },
        { "\0\0\0\0\0\0\0\0", "does not begin as a client does" },
        { "OEGX", "does not begin as a client does" },
        { "OEGW\u0001\0\0\0\u0063", "99 is no kind of frame" },
        { "OEGW\0\0\0\0\u0001", "a frame of 0 bytes" },
        { "OEGW\u007f\u007f\u007f\u007f\u0001", "is not within the 16384" },
        { "OEGW\u0003\0\0\0\u0001{}", "speaks version 0" },
        { "OEGW\u0003\0\0\0\u0001[]", "could not be read" },
        { "OEGW\u0001\0\0\0\u0009", "Ping instead of Hello" },
    };

    public static TheoryData<string> Transports => GatewayCluster.Transports;

    [Theory]
    [MemberData(nameof(StrangeBeginnings))]
    public async Task What_is_not_a_client_is_disconnected(string bytes, string reason)
    {
        foreach (var transport in new[] { GatewayCluster.Tcp, GatewayCluster.Memory })
        {
            var (cluster, client) = await GatewayCluster.StartAsync(transport);
            await using var _ = cluster;
            using var stranger = await RawClient.ConnectAsync(cluster);

            await stranger.SendAsync(System.Text.Encoding.Latin1.GetBytes(bytes));

            await stranger.EndAsync();
            Assert.Contains("was refused", await cluster.SiloLog.WaitForAsync(reason), StringComparison.Ordinal);
            Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
        }
    }

    [Theory]
    [InlineData("version", "speaks version 2")]
    [InlineData("cluster", "cluster 'other'")]
    [InlineData("service", "service 'other'")]
    [InlineData("token", "token")]
    [InlineData("no token", "token")]
    [InlineData("client", "identity")]
    public async Task A_client_that_does_not_fit_is_told_why(string what, string reason)
    {
        const string Token = "0123456789abcdef";
        var cluster = new GatewayCluster { ConfigureGateway = options => options.Token = Token };
        await using var _ = cluster;
        await cluster.StartSiloAsync();
        using var stranger = await RawClient.ConnectAsync(cluster);

        var (welcome, refusal) = await stranger.HelloAsync(new Hello
        {
            Version = what == "version" ? 2 : Handshake.Version,
            ClusterId = what == "cluster" ? "other" : "default",
            ServiceId = what == "service" ? "other" : "default",
            Client = what == "client" ? "a+b" : "raw",
            Token = what == "token" ? "0123456789abcdeX" : what == "no token" ? null : Token,
        });

        Assert.Null(welcome);
        Assert.Contains(reason, refusal!.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, refusal.Reason, StringComparison.Ordinal);
        Assert.True(refusal.IsFinal);
        await stranger.EndAsync();
        await cluster.SiloLog.WaitForAsync(refusal.Reason);
    }

    [Fact]
    public async Task Who_does_not_say_who_he_is_in_time_is_disconnected()
    {
        var clock = new FakeTimeProvider();
        var (cluster, client) = await GatewayCluster.StartAsync(clock: clock);
        await using var _ = cluster;
        using var silent = await RawClient.ConnectAsync(cluster);
        using var slow = await RawClient.ConnectAsync(cluster);
        await slow.SendAsync("OEG"u8.ToArray());

        // However often the clock has to move until the gateway has begun to look at it.
        var ended = Task.WhenAll(silent.EndAsync(), slow.EndAsync());
        while (!ended.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        await ended;
        Assert.Contains("no handshake within 00:00:05", await cluster.SiloLog.WaitForAsync("no handshake"), StringComparison.Ordinal);
        Assert.NotNull(client);
    }

    /// <summary>Its calls would run, and be cut off when those that came in time have ended.</summary>
    [Fact]
    public async Task Who_says_who_he_is_when_the_silo_stops_already_is_not_let_in()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var blocked = client.GetGrain<IRemoteGrain>("a").Block("let in");
        await Barrier.Named("let in").Arrived;
        using var witness = await RawClient.ShakeHandsAsync(cluster, "witness");
        using var late = await RawClient.ConnectAsync(cluster);
        var stopping = cluster.StopSiloAsync();
        await witness.ReceiveAsync(FrameKind.Goodbye);

        var (welcome, refusal) = await late.HelloAsync(new Hello { Version = Handshake.Version, ClusterId = "default", ServiceId = "default", Client = "late" });

        Assert.Null(welcome);
        Assert.False(refusal!.IsFinal);
        Assert.Contains("stopping", refusal.Reason, StringComparison.Ordinal);
        Barrier.Named("let in").Release();
        await blocked;
        await witness.SendAsync(FrameKind.Farewell, static _ => { });
        await stopping;
    }

    [Fact]
    public async Task A_client_that_falls_silent_is_disconnected_and_one_that_does_not_is_not()
    {
        var clock = new FakeTimeProvider();
        var (cluster, client) = await GatewayCluster.StartAsync(clock: clock, gateway: options => options.PingInterval = TimeSpan.FromSeconds(10));
        await using var _ = cluster;
        using var silent = await RawClient.ShakeHandsAsync(cluster, "silent");
        using var half = await RawClient.ShakeHandsAsync(cluster, "half");
        await cluster.SiloLog.WaitForAsync("Client half has connected");
        await half.SendAsync(new byte[] { 10, 0 });

        for (var i = 0; i < 10; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(10));

            // The healthy client has the time to say that it is there.
            Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
        }

        await Task.WhenAll(silent.EndAsync(), half.EndAsync());
        Assert.Contains("nothing was received for 00:00:30", await cluster.SiloLog.WaitForAsync("Client silent at"), StringComparison.Ordinal);
        Assert.Contains("nothing was received for 00:00:30", await cluster.SiloLog.WaitForAsync("Client half at"), StringComparison.Ordinal);
        Assert.Equal(1, cluster.Gateway.ConnectionCount);
    }

    [Theory]
    [InlineData("hello again", "Hello after the handshake")]
    [InlineData("unknown kind", "99 is no kind of frame")]
    [InlineData("too large", "is not within the 8388608")]
    [InlineData("unnamed method", "method 7 has no name")]
    [InlineData("unnamed type", "grain type 7 has no name")]
    [InlineData("place", "call 4000000000 is not within the 10000")]
    [InlineData("cut off", "a frame ends too early")]
    [InlineData("long number", "a number is too l")]
    [InlineData("farewell", "a farewell without a goodbye")]
    [InlineData("empty response", "a frame ends too early")]
    [InlineData("names", "more than 16384 names")]
    [InlineData("long method name", "a name of 20005 bytes is not within the 16384 that are accepted")]
    [InlineData("long type name", "a name of 20003 bytes is not within the 16384 that are accepted")]
    [InlineData("long names", "names of more than 4194304 bytes")]
    [InlineData("second goodbye", "a second goodbye")]
    public async Task What_is_not_in_the_protocol_ends_the_connection(string what, string reason)
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        using var hostile = await RawClient.ShakeHandsAsync(cluster);
        await hostile.NameAsync("test.remote", "name", "remote");

        await (what switch
        {
            "hello again" => hostile.SendAsync(FrameKind.Hello, frame => frame.WriteText("{}")),
            "unknown kind" => hostile.SendAsync(new byte[] { 1, 0, 0, 0, 99 }),
            "too large" => hostile.SendAsync(new byte[] { 255, 255, 255, 127, (byte)FrameKind.Request }),
            "unnamed method" => hostile.RequestAsync(s_id, 7, 0, "a", []),
            "unnamed type" => hostile.RequestAsync(s_id, 0, 7, "a", []),
            "place" => hostile.RequestAsync(new CallId(4_000_000_000, 1), 0, 0, "a", []),
            "cut off" => hostile.SendAsync(FrameKind.Request, frame => frame.WriteByte(0)),
            "long number" => hostile.SendAsync(FrameKind.Abandon, frame => frame.Write<byte>([255, 255, 255, 255, 255, 255])),
            "farewell" => hostile.SendAsync(FrameKind.Farewell, _ => { }),
            "empty response" => hostile.SendAsync(FrameKind.Response, _ => { }),
            "names" => ManyNamesAsync(hostile, 16_384, "t"),
            "long method name" => hostile.NameAsync("i", new string('m', 20_000), "t"),
            "long type name" => hostile.NameAsync("i", "m", new string('t', 20_000)),
            "long names" => ManyNamesAsync(hostile, 300, new string('t', 16_000)),
            "second goodbye" => ManyGoodbyesAsync(hostile),
            _ => throw new ArgumentException(what),
        });

        await hostile.EndAsync();
        Assert.Contains(reason, await cluster.SiloLog.WaitForAsync("Client raw at"), StringComparison.Ordinal);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Theory]
    [InlineData("System.Object", "ToString()", "remote", "no such method")]
    [InlineData("test.remote", "Finalize()", "remote", "no such method")]
    [InlineData("test.nothing", "name", "remote", "no such method")]
    [InlineData("test.remote", "name", "nothing", "no grain class with the grain type 'nothing'")]
    [InlineData("test.other", "do", "remote", "does not implement test.other")]
    [InlineData("test.remote", "name", "sys.client", "clients do not call each other")]
    public async Task What_is_not_a_grain_method_is_refused_and_not_called(string interfaceName, string method, string grainType, string reason)
    {
        var (cluster, _) = await GatewayCluster.StartAsync();
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync(interfaceName, method, grainType);

        await raw.RequestAsync(s_id, 0, 0, "a", []);

        var refusal = Assert.IsType<OrleansMessageRejectionException>(await raw.ReceiveFailureAsync(s_id));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(cluster.SiloServices.GetSilo().ActivationsOf(GrainId.Create(grainType, "a")));
    }

    [Fact]
    public async Task A_grain_without_a_key_is_refused()
    {
        var (cluster, _) = await GatewayCluster.StartAsync();
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "name", "remote");

        await raw.RequestAsync(s_id, 0, 0, "", []);

        Assert.Contains("no key", (await raw.ReceiveFailureAsync(s_id)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"0\":")]
    [InlineData("\"text\"")]
    [InlineData("")]
    public async Task Malformed_arguments_are_refused_and_the_connection_stays(string json)
    {
        var (cluster, _) = await GatewayCluster.StartAsync();
        await using var __ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "echo", "remote");
        var text = System.Text.Encoding.UTF8.GetBytes(json);

        for (var use = 1u; use < 3; use++)
        {
            await raw.RequestAsync(new CallId(0, use), 0, 0, "a", [(byte)text.Length, 0, 0, 0, .. text]);
            Assert.IsAssignableFrom<SerializerException>(await raw.ReceiveFailureAsync(new CallId(0, use)));
        }
    }

    [Fact]
    public async Task Calls_whose_place_was_taken_again_are_limited_too()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxCallsPerConnection = 2);
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        var argument = "\"hostile block\""u8.ToArray();

        // The same place again and again: each call takes it from the one before, which goes on running.
        for (var use = 1u; use <= 5; use++) await raw.RequestAsync(new CallId(0, use), 0, 0, "b", [(byte)argument.Length, 0, 0, 0, .. argument]);

        Assert.IsType<GatewayTooBusyException>(await raw.ReceiveFailureAsync(new CallId(0, 5)));
        Barrier.Named("hostile block").Release();
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task Calls_that_have_not_ended_are_limited_by_their_bytes_too()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => (options.MaxFrameBytes, options.MaxCallBytesPerConnection) = (65_536, 100_000));
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "block", "remote");
        var barrier = new string('b', 60_000);
        var argument = System.Text.Encoding.UTF8.GetBytes($"\"{barrier}\"");
        Task Block(CallId id) => raw.RequestAsync(id, 0, 0, "b", [.. BitConverter.GetBytes(argument.Length), .. argument]);

        await Block(new CallId(0, 1));
        await Block(new CallId(1, 1));

        var refusal = Assert.IsType<GatewayTooBusyException>(await raw.ReceiveFailureAsync(new CallId(1, 1)));
        Assert.Contains("MaxCallBytesPerConnection = 100000", refusal.Message, StringComparison.Ordinal);
        Barrier.Named(barrier).Release();
        await raw.ReceiveDoneAsync(new CallId(0, 1));

        // There is room again for one that large.
        await Block(new CallId(0, 2));
        await raw.ReceiveDoneAsync(new CallId(0, 2));
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_disconnected()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxWaitingBytes = 100_000);
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.remote", "bytes", "remote");

        for (var use = 1u; use <= 100; use++) await raw.RequestAsync(new CallId(use, 1), 0, 0, "b", [5, 0, 0, 0, .. "50000"u8]);

        Assert.Contains("more than 100000 bytes are waiting", await cluster.SiloLog.WaitForAsync("Client raw at"), StringComparison.Ordinal);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task Refusals_that_are_not_read_end_the_connection_too()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxWaitingBytes = 100_000);
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        await raw.NameAsync("test.nothing", "name", "remote");

        for (var use = 1u; use <= 2000; use++) await raw.RequestAsync(new CallId(use, 1), 0, 0, "b", []);

        Assert.Contains("more than 100000 bytes are waiting", await cluster.SiloLog.WaitForAsync("Client raw at"), StringComparison.Ordinal);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Theory]
    [InlineData("", "a frame ends too early")]
    [InlineData("\u0009", "9 is no outcome")]
    public async Task A_call_whose_answer_is_not_in_the_protocol_is_lost_at_once(string answer, string reason)
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        using var raw = await RawClient.ShakeHandsAsync(cluster);
        var grain = client.GetGrain<IRemoteGrain>("a");
        await grain.Watch(client.GetGrain<IRemoteWatcher>(GrainId.Create("sys.client", "raw+1")));
        var asking = grain.Ask(1);
        var request = await raw.ReceiveAsync(FrameKind.Request);

        await raw.SendAsync(FrameKind.Response, frame =>
        {
            frame.WriteCallId(IdOf(request));
            frame.Write(System.Text.Encoding.Latin1.GetBytes(answer));
        });

        await Assert.ThrowsAsync<ClientNotAvailableException>(() => asking);
        Assert.Contains(reason, await cluster.SiloLog.WaitForAsync("Client raw at"), StringComparison.Ordinal);

        static CallId IdOf(byte[] request)
        {
            var content = new FrameContent(request);
            content.ReadByte();
            return content.ReadCallId();
        }
    }

    [Fact]
    public async Task More_clients_than_the_limit_are_refused_until_one_leaves()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxConnections = 2);
        await using var _ = cluster;
        var second = await RawClient.ShakeHandsAsync(cluster, "second");
        using var third = await RawClient.ConnectAsync(cluster);

        var (_, refusal) = await third.HelloAsync(new Hello { Version = Handshake.Version, ClusterId = "default", ServiceId = "default", Client = "third" });

        Assert.Contains("MaxConnections", refusal!.Reason, StringComparison.Ordinal);
        Assert.False(refusal.IsFinal);
        await third.EndAsync();
        second.Dispose();
        await cluster.SiloLog.WaitForAsync("Client second at");
        using var fourth = await RawClient.ShakeHandsAsync(cluster, "fourth");
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task Who_has_not_said_who_he_is_takes_the_place_of_no_client()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(gateway: options => options.MaxConnections = 2);
        await using var _ = cluster;
        using var stranger = await RawClient.ConnectAsync(cluster);
        using var wrong = await RawClient.ConnectAsync(cluster);
        Assert.NotNull((await wrong.HelloAsync(new Hello { Version = Handshake.Version + 1 })).Refusal);

        using var second = await RawClient.ShakeHandsAsync(cluster, "second");

        Assert.Equal(2, cluster.Gateway.ConnectionCount);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task Random_bytes_hurt_nobody()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var random = new Random(20260101);
        for (var i = 0; i < 100; i++)
        {
            using var hostile = await RawClient.ShakeHandsAsync(cluster, $"random-{i}");
            await hostile.NameAsync("test.remote", "echo", "remote");
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);

            // Half of them look like frames, so that more than the first check is reached.
            if (i % 2 == 0) await hostile.SendAsync((FrameKind)random.Next((int)FrameKind.Hello, (int)FrameKind.Farewell + 1), frame => frame.Write(bytes));
            else await hostile.SendAsync(bytes);
        }

        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    private static async Task ManyNamesAsync(RawClient client, int count, string name)
    {
        for (var i = 0; i < count; i++) await client.SendAsync(FrameKind.GrainType, frame => frame.WriteText(name));
    }

    private static async Task ManyGoodbyesAsync(RawClient client)
    {
        for (var i = 0; i < 2; i++) await client.SendAsync(FrameKind.Goodbye, _ => { });
    }
}
