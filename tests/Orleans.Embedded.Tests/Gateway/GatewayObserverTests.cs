using System.Threading.Channels;
using Orleans.Runtime;
using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class GatewayObserverTests
{
    public static TheoryData<string> Transports => GatewayCluster.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Grains_call_observers_of_connected_clients(string transport)
    {
        var (cluster, client) = await GatewayCluster.StartAsync(transport);
        await using var _ = cluster;
        var watcher = new Watcher();
        var grain = client.GetGrain<IRemoteGrain>("a");
        await grain.Watch(client.CreateObjectReference<IRemoteWatcher>(watcher));

        await grain.Show("a picture");
        await grain.Tell("a story");

        Assert.Equal("seen a picture", await watcher.NextAsync());
        Assert.Equal("told a story", await watcher.NextAsync());
        Assert.Equal(42, await grain.Ask(41));
        await Assert.ThrowsAsync<RemoteRefusalException>(() => grain.Ask(-1));
    }

    [Fact]
    public async Task A_client_calls_its_own_observers_without_the_silo_and_those_of_others_not_at_all()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var own = client.CreateObjectReference<IRemoteWatcher>(new Watcher());
        Assert.Equal(42, await own.Ask(41));

        var other = (await cluster.ConnectAsync()).GetGrain<IRemoteWatcher>(((GrainReference)own).GrainId);
        Assert.Contains("was refused", (await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => other.Ask(41))).Message, StringComparison.Ordinal);
        cluster.KillSilo();
        Assert.Equal(43, await own.Ask(42));
    }

    [Fact]
    public async Task Each_client_gets_the_calls_of_its_own_observers()
    {
        var (cluster, first) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var second = await cluster.ConnectAsync();
        var (one, other) = (new Watcher(), new Watcher());
        await first.GetGrain<IRemoteGrain>("one").Watch(first.CreateObjectReference<IRemoteWatcher>(one));
        await second.GetGrain<IRemoteGrain>("other").Watch(second.CreateObjectReference<IRemoteWatcher>(other));

        await first.GetGrain<IRemoteGrain>("other").Show("to the second");
        await second.GetGrain<IRemoteGrain>("one").Show("to the first");

        Assert.Equal("seen to the second", await other.NextAsync());
        Assert.Equal("seen to the first", await one.NextAsync());
    }

    [Fact]
    public async Task An_observer_that_was_deleted_or_whose_client_is_gone_fails_at_once()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var grain = client.GetGrain<IRemoteGrain>("a");
        var deleted = client.CreateObjectReference<IRemoteWatcher>(new Watcher());
        await grain.Watch(deleted);
        client.DeleteObjectReference<IRemoteWatcher>(deleted);
        await Assert.ThrowsAsync<ClientNotAvailableException>(() => grain.Ask(1));

        var host = cluster.BuildClient();
        await host.StartAsync();
        var leaving = (IClusterClient)host.Services.GetService(typeof(IClusterClient))!;
        var watcher = new Watcher();
        await leaving.GetGrain<IRemoteGrain>("b").Watch(leaving.CreateObjectReference<IRemoteWatcher>(watcher));
        Assert.Equal(2, await client.GetGrain<IRemoteGrain>("b").Ask(1));
        await host.StopAsync();
        await cluster.SiloLog.WaitForAsync("is disconnected");
        await Assert.ThrowsAsync<ClientNotAvailableException>(() => client.GetGrain<IRemoteGrain>("b").Ask(1));
    }

    [Fact]
    public async Task A_call_to_an_observer_whose_client_goes_away_fails_when_it_goes()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;
        var host = cluster.BuildClient();
        await host.StartAsync();
        var leaving = (IClusterClient)host.Services.GetService(typeof(IClusterClient))!;
        await leaving.GetGrain<IRemoteGrain>("b").Watch(leaving.CreateObjectReference<IRemoteWatcher>(new Watcher()));
        var asking = client.GetGrain<IRemoteGrain>("b").Ask(Watcher.Endless);
        await Barrier.Named("endless question").Arrived;

        await host.StopAsync();

        await Assert.ThrowsAsync<ClientNotAvailableException>(() => asking);
    }

    private sealed class Watcher : IRemoteWatcher
    {
        internal const int Endless = -2;

        private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();

        public Task Seen(string what)
        {
            _calls.Writer.TryWrite($"seen {what}");
            return Task.CompletedTask;
        }

        public void Told(string what) => _calls.Writer.TryWrite($"told {what}");

        public async Task<int> Ask(int number)
        {
            if (number == Endless) await Barrier.Named("endless question").PassAsync();
            return number >= 0 ? number + 1 : throw new RemoteRefusalException("no", null);
        }

        public Task Block(string barrier) => Barrier.Named(barrier).PassAsync();

        internal Task<string> NextAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
