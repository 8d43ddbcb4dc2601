using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Conformance;

public sealed class StateTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private IStateGrain Grain(string key) => cluster.Grains.GetGrain<IStateGrain>(key);

    private IFaultyStateGrain Faulty(string key) => cluster.Grains.GetGrain<IFaultyStateGrain>(key);

    [Fact]
    public async Task A_new_record_is_empty_and_does_not_exist() => Assert.Equal("||False|False|", await Grain("new").Read());

    [Fact]
    public async Task What_is_written_is_there_before_the_next_activation_activates()
    {
        await Grain("kept").Put("apple", write: true);
        await Grain("kept").PutOther("pear");
        Assert.Equal("apple|pear|True|True|", await Grain("kept").Read());
        await Grain("kept").End();

        Assert.Equal("apple|pear|True|True|apple", await Grain("kept").Read());
    }

    [Fact]
    public async Task What_is_not_written_is_lost_and_not_shared_with_the_storage()
    {
        await Grain("lost").Put("apple", write: true);
        await Grain("lost").Put("pear", write: false);
        await Grain("lost").End();
        Assert.StartsWith("apple|", await Grain("lost").Read(), StringComparison.Ordinal);

        await Grain("lost").Put("plum", write: false);
        await Grain("lost").Reload();
        Assert.StartsWith("apple|", await Grain("lost").Read(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cleared_record_does_not_exist_and_can_be_written_again()
    {
        await Grain("cleared").Put("apple", write: true);
        await Grain("cleared").Clear();
        Assert.Equal("||False|False|", await Grain("cleared").Read());

        await Grain("cleared").Put("pear", write: true);
        await Grain("cleared").End();
        Assert.Equal("pear||True|True|pear", await Grain("cleared").Read());
    }

    [Fact]
    public async Task A_conflict_ends_the_activation_and_reaches_the_caller()
    {
        var first = await Faulty("conflict").Activation();
        FaultyStorage.OnWrite["conflict"] = new InconsistentStateException("changed", "2", "1");

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(Faulty("conflict").Write);

        Assert.Equal(("2", "1"), (conflict.StoredEtag, conflict.CurrentEtag));
        Assert.NotEqual(first, await Faulty("conflict").Activation());
    }

    [Fact]
    public async Task A_record_that_somebody_else_has_written_is_not_overwritten_but_read_anew()
    {
        await Grain("contended").PutOther("pear");
        var storage = cluster.SiloServices.GetRequiredKeyedService<IGrainStorage>("other");
        var other = new GrainState<Basket>();
        await storage.ReadStateAsync("second", Grain("contended").GetGrainId(), other);
        other.State = new Basket { Items = { "plum" } };
        await storage.WriteStateAsync("second", Grain("contended").GetGrainId(), other);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain("contended").PutOther("apple"));

        Assert.Equal("|plum|False|False|", await Grain("contended").Read());
        await Grain("contended").PutOther("apple");
        Assert.Equal("|plum,apple|False|False|", await Grain("contended").Read());
    }

    [Fact]
    public async Task A_conflict_that_the_grain_handles_does_not_end_it()
    {
        var first = await Faulty("handled").Activation();
        FaultyStorage.OnWrite["handled"] = new InconsistentStateException("changed", "2", "1");

        Assert.Equal(-first, await Faulty("handled").WriteAndHandle());
        Assert.Equal(first, await Faulty("handled").Activation());
    }

    [Fact]
    public async Task A_conflict_does_not_end_the_grains_it_passes_through()
    {
        var first = await Faulty("between").Activation();
        FaultyStorage.OnWrite["behind"] = new InconsistentStateException("changed", "2", "1");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Faulty("between").Through("behind"));

        Assert.Equal(first, await Faulty("between").Activation());
    }

    [Fact]
    public async Task A_storage_error_reaches_the_caller_and_does_not_end_the_activation()
    {
        var first = await Faulty("error").Activation();
        FaultyStorage.OnWrite["error"] = new TimeoutException("disk");

        var error = await Assert.ThrowsAsync<OrleansException>(Faulty("error").Write);

        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal(first, await Faulty("error").Write());
    }

    [Fact]
    public async Task A_failed_read_fails_the_activation_and_the_next_call_tries_again()
    {
        FaultyStorage.OnRead["unreadable"] = new TimeoutException("disk");

        var error = await Assert.ThrowsAsync<OrleansException>(Faulty("unreadable").Activation);

        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.True(await Faulty("unreadable").Activation() > 0);
    }

    [Fact]
    public async Task A_storage_that_is_not_configured_is_named() =>
        Assert.Contains("nowhere", (await Assert.ThrowsAnyAsync<Exception>(cluster.Grains.GetGrain<IUnconfiguredGrain>("x").Nothing)).ToString(), StringComparison.Ordinal);

    public interface IUnconfiguredGrain : IGrainWithStringKey
    {
        Task Nothing();
    }

    public sealed class UnconfiguredGrain([PersistentState("x", "nowhere")] IPersistentState<Basket> state) : Grain, IUnconfiguredGrain
    {
        public Task Nothing() => Task.FromResult(state);
    }
}
