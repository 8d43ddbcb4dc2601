using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Conformance;

/// <summary>A silo and a client for the tests of one class. The tests use nothing but the public API of Orleans; which engine they run on, and how the
/// client reaches the silo, is the business of <see cref="EngineCluster"/>.</summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    private EngineCluster? _cluster;

    public IGrainFactory Grains => _cluster!.Client;

    public IServiceProvider SiloServices => _cluster!.SiloServices;

    public async Task InitializeAsync() => _cluster = await EngineCluster.StartAsync(Configure);

    public async Task DisposeAsync()
    {
        if (_cluster is { } cluster) await cluster.DisposeAsync();
    }

    private static void Configure(ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorageAsDefault();
        silo.AddMemoryGrainStorage("other");
        silo.UseInMemoryReminderService();
        silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(50));
        silo.AddIncomingGrainCallFilter<FilterTests.OuterFilter>();
        silo.AddIncomingGrainCallFilter(FilterTests.InnerFilter);
        silo.AddOutgoingGrainCallFilter(FilterTests.OutgoingFilter);
        silo.AddStartupTask(HostingTests.OnStartup);
        silo.Services.AddKeyedSingleton<IGrainStorage, FaultyStorage>("faulty");
        silo.Services.AddSingleton<Journal>();
    }
}
