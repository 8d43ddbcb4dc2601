namespace Orleans.Conformance;

/// <summary>What outlives what, each on a cluster of its own.</summary>
public sealed class DeathTests
{
    [Fact]
    public async Task An_observer_dies_with_its_client_and_its_grain_lives_on()
    {
        await using var cluster = await EngineCluster.StartAsync(_ => { });
        var dead = new Watcher();
        await Grain(cluster, "bereaved").Watch(cluster.Client.CreateObjectReference<IWatcher>(dead));
        Assert.Equal(2, await Grain(cluster, "bereaved").AskSoon(1));

        await cluster.ReplaceClientAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => Grain(cluster, "bereaved").AskSoon(1));
        var living = new Watcher();
        await Grain(cluster, "bereaved").Watch(cluster.Client.CreateObjectReference<IWatcher>(living));
        Assert.Equal(3, await Grain(cluster, "bereaved").AskSoon(2));
        GC.KeepAlive(dead);
        GC.KeepAlive(living);
    }

    [Fact]
    public async Task A_one_way_call_to_a_dead_observer_is_lost_in_silence()
    {
        await using var cluster = await EngineCluster.StartAsync(_ => { });
        var dead = new Watcher();
        await Grain(cluster, "silent").Watch(cluster.Client.CreateObjectReference<IWatcher>(dead));

        await cluster.ReplaceClientAsync();

        await Grain(cluster, "silent").Show("nobody looks");
        await Grain(cluster, "silent").Tell("nobody hears");
        GC.KeepAlive(dead);
    }

    private static IWatchedGrain Grain(EngineCluster cluster, string key) => cluster.Client.GetGrain<IWatchedGrain>(key);
}
