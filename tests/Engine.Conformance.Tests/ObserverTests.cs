namespace Orleans.Conformance;

public sealed class ObserverTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private IWatchedGrain Grain(string key) => cluster.Grains.GetGrain<IWatchedGrain>(key);

    [Fact]
    public async Task A_grain_notifies_an_observer()
    {
        var watcher = new Watcher();
        var reference = cluster.Grains.CreateObjectReference<IWatcher>(watcher);
        await Grain("notifies").Watch(reference);

        await Grain("notifies").Show("a picture");
        Assert.Equal("a picture", await watcher.Next());
        await Grain("notifies").Tell("a story");
        Assert.Equal("a story", await watcher.Next());
        GC.KeepAlive(watcher);
    }

    [Fact]
    public async Task A_grain_asks_an_observer_and_waits_for_the_answer()
    {
        var watcher = new Watcher();
        await Grain("asks").Watch(cluster.Grains.CreateObjectReference<IWatcher>(watcher));

        Assert.Equal(42, await Grain("asks").Ask(41));
        await Assert.ThrowsAsync<RefusedException>(() => Grain("asks").Ask(-1));
        GC.KeepAlive(watcher);
    }

    [Fact]
    public async Task An_observer_handles_one_call_at_a_time()
    {
        var watcher = new Watcher();
        var reference = cluster.Grains.CreateObjectReference<IWatcher>(watcher);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => reference.Ask(i))));

        Assert.Equal(Enumerable.Range(1, 200), answers.Order());
        Assert.False(watcher.HasOverlapped);
    }

    [Fact]
    public async Task A_deleted_observer_cannot_be_asked()
    {
        var watcher = new Watcher();
        var reference = cluster.Grains.CreateObjectReference<IWatcher>(watcher);
        await Grain("deleted").Watch(reference);
        cluster.Grains.DeleteObjectReference<IWatcher>(reference);

        await Assert.ThrowsAnyAsync<Exception>(() => Grain("deleted").AskSoon(1));
    }

    [Fact]
    public void Only_objects_become_observers()
    {
        var reference = cluster.Grains.CreateObjectReference<IWatcher>(new Watcher());

        Assert.Throws<ArgumentException>(() => cluster.Grains.CreateObjectReference<IWatcher>(reference));
    }
}
