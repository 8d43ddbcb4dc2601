using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Conformance;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Engine;

/// <summary>The end of a silo, orderly or not, and what is left after it.</summary>
public sealed class LifeTests : IAsyncLifetime
{
    private readonly Journal _journal = new();
    private InProcessTestCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault().AddMemoryGrainStorage("other").UseInMemoryReminderService();
            silo.Services.AddSingleton(_journal);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_stopping_silo_deactivates_its_grains_and_refuses_new_calls()
    {
        await _cluster.Client.GetGrain<ILifeGrain>("stopped").Count();
        await _cluster.StopSiloAsync(_cluster.Silos[0]);

        Assert.Equal(["activated", "deactivated: ShuttingDown"], _journal.Of("stopped"));
        await Assert.ThrowsAsync<SiloUnavailableException>(_cluster.Client.GetGrain<ILifeGrain>("stopped").Count);
    }

    [Fact]
    public async Task A_stopping_silo_lets_running_requests_end()
    {
        var grain = _cluster.Client.GetGrain<ISchedulingGrain>("running", typeof(SchedulingGrain).FullName);
        var running = grain.Enter("running while stopping");
        await Conformance.Barrier.Named("running while stopping").Arrived;
        var stopping = _cluster.StopSiloAsync(_cluster.Silos[0]);
        Assert.False(stopping.IsCompleted);
        Conformance.Barrier.Named("running while stopping").Release();
        await stopping;

        Assert.Equal(1, await running);
    }

    [Fact]
    public async Task A_killed_silo_leaves_nothing_but_what_was_stored()
    {
        var grain = _cluster.Client.GetGrain<IStateGrain>("killed");
        await grain.Put("stored", write: true);
        await grain.Put("not stored", write: false);
        await _cluster.Client.GetGrain<ILifeGrain>("killed").Count();
        await _cluster.KillSiloAsync(_cluster.Silos[0]);
        Assert.Empty(_cluster.Silos);
        await Assert.ThrowsAsync<SiloUnavailableException>(grain.Read);

        await _cluster.StartAdditionalSiloAsync();

        Assert.Equal("stored||True|True|stored", await grain.Read());
        Assert.Equal(["activated"], _journal.Of("killed"));
    }

    [Fact]
    public async Task Callers_of_a_killed_silo_learn_that_the_outcome_is_unknown_and_its_grains_run_no_further()
    {
        var grain = _cluster.Client.GetGrain<ILifeGrain>("cut off");
        var call = grain.EndWhile("cut off");
        await Conformance.Barrier.Named("cut off").Arrived;
        await _cluster.KillSiloAsync(_cluster.Silos[0]);

        Assert.Contains("unknown", (await Assert.ThrowsAsync<SiloUnavailableException>(() => call)).Message, StringComparison.Ordinal);
        Conformance.Barrier.Named("cut off").Release();
        await _cluster.StartAdditionalSiloAsync();
        Assert.Equal(1, await grain.Count());
        Assert.DoesNotContain("ended the call", _journal.Of("cut off"));
    }

    [Fact]
    public async Task A_restarted_silo_reaches_the_clients_observers()
    {
        var watcher = new CountingWatcher();
        var reference = _cluster.Client.CreateObjectReference<IWatcher>(watcher);
        await _cluster.KillSiloAsync(_cluster.Silos[0]);
        await _cluster.StartAdditionalSiloAsync();

        await _cluster.Client.GetGrain<IWatchedGrain>("restarted").Watch(reference);
        Assert.Equal(8, await _cluster.Client.GetGrain<IWatchedGrain>("restarted").Ask(7));
    }

    [Fact]
    public async Task An_observer_of_a_client_that_is_gone_fails_at_once()
    {
        var reference = _cluster.Client.CreateObjectReference<IWatcher>(new CountingWatcher());
        var grain = _cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IWatchedGrain>("gone");
        await grain.Watch(_cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IWatcher>(GrainId.Create("sys.client", "nobody+1")));
        await Assert.ThrowsAsync<ClientNotAvailableException>(() => grain.Ask(1));

        await grain.Watch(reference);
        Assert.Equal(2, await grain.Ask(1));
    }

    [Fact]
    public async Task Only_one_silo_at_a_time()
    {
        Assert.Throws<NotSupportedException>(() => new InProcessTestClusterBuilder(2));
        await Assert.ThrowsAsync<NotSupportedException>(_cluster.StartAdditionalSiloAsync);
        var handle = await _cluster.RestartSiloAsync(_cluster.Silos[0]);
        Assert.Same(handle, Assert.Single(_cluster.Silos));
    }

    [Fact]
    public async Task Settings_that_cannot_work_are_refused_at_start_by_name()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo
            .Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromSeconds(1))
            .Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.Zero));
        await using var cluster = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(cluster.DeployAsync);

        Assert.Contains(nameof(SiloMessagingOptions.ResponseTimeout), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_beyond_what_timers_reach_are_refused_at_start_by_name()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo.Configure<GrainCollectionOptions>(options => options.ActivationTimeout = TimeSpan.MaxValue));
        await using var cluster = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(cluster.DeployAsync);

        Assert.Contains($"{nameof(GrainCollectionOptions.ActivationTimeout)} is {TimeSpan.MaxValue}", refused.Message, StringComparison.Ordinal);
    }

    private sealed class CountingWatcher : IWatcher
    {
        public Task Seen(string what) => Task.CompletedTask;

        public Task<int> Ask(int number) => Task.FromResult(number + 1);

        public Task<int> AskSoon(int number) => Ask(number);

        public void Told(string what)
        {
        }
    }
}
