using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using ProvingMarket.TestKit;
using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class GatewayRestartTests
{
    public static TheoryData<string> Transports => GatewayCluster.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task A_client_outlives_its_silo_and_calls_wait_for_the_next(string transport)
    {
        var status = new Status();
        var (cluster, client) = await GatewayCluster.StartAsync(transport, client: builder => builder.AddClusterConnectionStatusObserver(status));
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        await grain.Note("forgotten");

        await cluster.StopSiloAsync();
        await status.Lost.WaitAsync(TimeSpan.FromSeconds(30));
        var waiting = Enumerable.Range(0, 50).Select(_ => grain.Name()).ToList();
        Assert.All(waiting, call => Assert.False(call.IsCompleted));
        await cluster.StartSiloAsync();

        Assert.All(await Task.WhenAll(waiting), name => Assert.Equal("a", name));
        Assert.Empty(await grain.Notes());
        await status.Recovered.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_call_under_way_when_the_silo_dies_has_an_unknown_outcome(string transport)
    {
        var (cluster, client) = await GatewayCluster.StartAsync(transport);
        await using var _ = cluster;
        var barrier = $"gateway killed {transport}";
        var call = client.GetGrain<IRemoteGrain>("a").Block(barrier);
        await Barrier.Named(barrier).Arrived;

        cluster.KillSilo();

        Assert.Contains("outcome is unknown", (await Assert.ThrowsAsync<SiloUnavailableException>(() => call)).Message, StringComparison.Ordinal);
        await cluster.StartSiloAsync();
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());
    }

    [Fact]
    public async Task A_silo_that_stops_answers_the_calls_under_way_first_and_refuses_none_silently()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var call = grain.Block("gateway stopping");
        await Barrier.Named("gateway stopping").Arrived;

        var stopping = cluster.StopSiloAsync();
        var later = grain.Name();
        Barrier.Named("gateway stopping").Release();
        await call;
        await stopping;
        await cluster.StartSiloAsync();

        // It waited for the next silo, or crossed the silo's goodbye and was told that it has not run.
        if (await Record.ExceptionAsync(() => later) is { } refusal)
            Assert.Contains("has not run", Assert.IsType<SiloUnavailableException>(refusal).Message, StringComparison.Ordinal);
    }

    /// <summary>The clock stands still, so no time that is allowed for stopping ever passes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_silo_that_stops_ends_the_calls_that_can_be_cancelled_at_once(bool callerCanCancel)
    {
        var (cluster, client) = await GatewayCluster.StartAsync(clock: new FakeTimeProvider());
        await using var _ = cluster;
        using var source = new CancellationTokenSource();
        var token = callerCanCancel ? source.Token : CancellationToken.None;
        var barrier = $"gateway watched {callerCanCancel}";
        var watching = client.GetGrain<IRemoteGrain>("a").Linger(barrier, token);
        await Barrier.Named(barrier).Arrived;

        var stopping = cluster.StopSiloAsync();
        var outcome = await Record.ExceptionAsync(() => watching.WaitAsync(TimeSpan.FromSeconds(30)));
        Barrier.Named(barrier).Release();

        Assert.Contains("stopping", Assert.IsType<SiloUnavailableException>(outcome).Message, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task A_silo_that_stops_ends_the_calls_that_wait_for_their_turn_too()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(clock: new FakeTimeProvider());
        await using var _ = cluster;
        var grain = client.GetGrain<IOtherGrain>("a");
        var first = grain.Linger("gateway queue", CancellationToken.None);
        await Barrier.Named("gateway queue").Arrived;
        var second = grain.Linger("gateway queue", CancellationToken.None);
        Assert.Equal("a", await client.GetGrain<IRemoteGrain>("a").Name());

        var stopping = cluster.StopSiloAsync();
        var outcome = await Record.ExceptionAsync(() => Task.WhenAll(first, second).WaitAsync(TimeSpan.FromSeconds(30)));
        Barrier.Named("gateway queue").Release();

        Assert.IsType<SiloUnavailableException>(outcome);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => first);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => second);
        await stopping;
    }

    /// <summary>What has been done is told, although the silo wanted no more of it.</summary>
    [Fact]
    public async Task A_call_that_ends_well_although_it_was_cancelled_by_the_stop_has_its_result()
    {
        var (cluster, client) = await GatewayCluster.StartAsync(clock: new FakeTimeProvider());
        await using var _ = cluster;
        var call = client.GetGrain<IRemoteGrain>("a").Wait("gateway ends well", CancellationToken.None);
        await Barrier.Named("gateway ends well").Arrived;

        var stopping = cluster.StopSiloAsync();
        var cancelled = await Record.ExceptionAsync(() => Barrier.Named("gateway ends well cancelled True").Arrived);
        foreach (var barrier in new[] { "gateway ends well", "gateway ends well cancelled True", "gateway ends well cancelled False" }) Barrier.Named(barrier).Release();

        Assert.Null(cancelled);
        await call;
        await stopping;
    }

    [Fact]
    public async Task Without_a_connection_calls_wait_up_to_their_timeout_and_only_so_many()
    {
        var clock = new FakeTimeProvider();
        var (cluster, client) = await GatewayCluster.StartAsync(clock: clock, client: builder => builder.UseEmbeddedGateway(options => options.MaxWaitingCalls = 3));
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        await cluster.StopSiloAsync();
        await cluster.ClientLog.WaitForAsync("has ended");

        for (var round = 0; round < 3; round++)
        {
            var waiting = Enumerable.Range(0, 3).Select(_ => grain.Name()).ToList();
            Assert.Contains("MaxWaitingCalls = 3", (await Assert.ThrowsAsync<GatewayTooBusyException>(grain.Name)).Message, StringComparison.Ordinal);
            Assert.All(waiting, call => Assert.False(call.IsCompleted));

            clock.Advance(TimeSpan.FromSeconds(30));
            foreach (var call in waiting) await Assert.ThrowsAsync<TimeoutException>(() => call);
        }
    }

    /// <summary>The clock moves in steps that are small beside the time after which calls are given up, so that it does not matter how many the connecting takes.</summary>
    [Fact]
    public async Task Calls_that_nobody_waits_for_wait_for_a_connection_no_longer_than_others()
    {
        var clock = new FakeTimeProvider();
        var (step, patience) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        var (cluster, client) = await GatewayCluster.StartAsync(clock: clock, gateway: options => options.PingInterval = TimeSpan.FromHours(1), client: builder =>
        {
            builder.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = patience);
            builder.UseEmbeddedGateway(options => (options.MaxWaitingCalls, options.MinReconnectDelay, options.MaxReconnectDelay) = (3, step, step));
        });
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        await cluster.StopSiloAsync();
        await cluster.ClientLog.WaitForAsync("has ended");
        for (var i = 0; i < 4; i++) await grain.Note("lost");
        await cluster.ClientLog.WaitForAsync("MaxWaitingCalls = 3");
        await Assert.ThrowsAsync<GatewayTooBusyException>(grain.Name);

        clock.Advance(patience);
        await grain.Note("kept");
        var waiting = grain.Notes();
        await cluster.StartSiloAsync();
        while (!waiting.IsCompleted)
        {
            clock.Advance(step);
            await Task.Yield();
        }

        Assert.Equal(["kept"], (await waiting).AsEnumerable());
        await cluster.ClientLog.WaitForAsync("4 one-way calls were lost");
    }

    [Fact]
    public async Task A_client_that_stops_fails_the_calls_under_way_and_those_that_come_after()
    {
        var cluster = new GatewayCluster();
        await using var _ = cluster;
        await cluster.StartSiloAsync();
        var host = cluster.BuildClient();
        await host.StartAsync();
        var grain = ((IClusterClient)host.Services.GetService(typeof(IClusterClient))!).GetGrain<IRemoteGrain>("a");
        var call = grain.Block("gateway client stops");
        await Barrier.Named("gateway client stops").Arrived;

        await host.StopAsync();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => call);
        Assert.Contains("client has ended", (await Assert.ThrowsAsync<SiloUnavailableException>(grain.Name)).Message, StringComparison.Ordinal);
        Barrier.Named("gateway client stops").Release();
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task What_a_client_sent_before_it_stops_arrives(string transport)
    {
        const int Notes = 2000;
        var (cluster, client) = await GatewayCluster.StartAsync(transport);
        await using var _ = cluster;
        var host = cluster.BuildClient();
        await host.StartAsync();
        var grain = ((IClusterClient)host.Services.GetService(typeof(IClusterClient))!).GetGrain<IRemoteGrain>("a");
        for (var i = 0; i < Notes; i++) await grain.Note($"note {i}");

        await host.StopAsync();

        Assert.Equal(Notes, (await client.GetGrain<IRemoteGrain>("a").Notes()).Length);
    }

    [Fact]
    public async Task A_client_does_not_wait_for_a_silo_that_hangs_longer_than_it_was_told_to()
    {
        var clock = new FakeTimeProvider();
        await using var cluster = new GatewayCluster(clock: clock);
        using var listener = cluster.Transport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var host = cluster.BuildClient(client => client.UseStaticClustering(listener.EndPoint));
        var starting = host.StartAsync();
        using var silo = await RawClient.WelcomeAsync(listener);
        await starting;

        var stopping = host.StopAsync();
        await silo.ReceiveAsync(FrameKind.Goodbye);
        Assert.False(stopping.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));
        await stopping;

        await cluster.ClientLog.WaitForAsync("has not confirmed within 00:00:05");
    }

    [Fact]
    public async Task A_client_that_stops_while_it_connects_again_stops_although_that_fails()
    {
        await using var cluster = new GatewayCluster();
        await cluster.StartSiloAsync();
        var transport = new HeldTransport(cluster.Transport);
        var host = cluster.BuildClient(client => client.Services.AddSingleton<ITransport>(transport));
        await host.StartAsync();
        transport.Hold();
        cluster.KillSilo();
        await transport.Held.WaitAsync(TimeSpan.FromSeconds(30));

        var stopping = host.StopAsync();
        Assert.False(stopping.IsCompleted);
        transport.Refuse();
        await stopping;
    }

    [Fact]
    public async Task An_observer_is_called_after_its_client_has_connected_again()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var watcher = new CountingWatcher();
        var reference = client.CreateObjectReference<IRemoteWatcher>(watcher);
        await client.GetGrain<IRemoteGrain>("a").Watch(reference);
        Assert.Equal(1, await client.GetGrain<IRemoteGrain>("a").Ask(0));

        cluster.KillSilo();
        await cluster.ClientLog.WaitForAsync("has ended");
        await cluster.StartSiloAsync();
        await client.GetGrain<IRemoteGrain>("a").Watch(reference);

        Assert.Equal(1, await client.GetGrain<IRemoteGrain>("a").Ask(0));
        Assert.Equal(2, watcher.Count);
    }

    /// <summary>Attempts to connect wait, also when they are cancelled, until they are refused.</summary>
    private sealed class HeldTransport(ITransport transport) : ITransport
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isHolding;

        internal Task Held => _held.Task;

        internal void Hold() => _isHolding = true;

        internal void Refuse() => _refused.SetResult();

        public ITransportListener Listen(IPEndPoint endPoint) => transport.Listen(endPoint);

        public async ValueTask<ITransportConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
        {
            if (!_isHolding) return await transport.ConnectAsync(endPoint, cancellationToken);
            _held.TrySetResult();
            await _refused.Task;
            throw new SocketException((int)SocketError.ConnectionRefused);
        }
    }

    private sealed class CountingWatcher : IRemoteWatcher
    {
        internal int Count { get; private set; }

        public Task Seen(string what) => Task.CompletedTask;

        public Task<int> Ask(int number)
        {
            Count++;
            return Task.FromResult(number + 1);
        }

        public void Told(string what)
        {
        }

        public Task Block(string barrier) => Task.CompletedTask;
    }

    private sealed class Status : IClusterConnectionStatusObserver
    {
        private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Lost => _lost.Task;

        internal Task Recovered => _recovered.Task;

        public void NotifyClusterConnectionLost() => _lost.TrySetResult();

        public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
        {
            if (connectionRecovered && _lost.Task.IsCompleted) _recovered.TrySetResult();
        }
    }
}
