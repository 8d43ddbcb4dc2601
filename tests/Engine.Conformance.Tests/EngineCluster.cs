using Orleans.TestingHost;

namespace Orleans.Conformance;

/// <summary>The engine of this build, silo and client in this process.</summary>
internal sealed class EngineCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private EngineCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IGrainFactory Client => _cluster.Client;

    public IServiceProvider SiloServices => _cluster.Silos[0].ServiceProvider;

    public static async Task<EngineCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => configure(silo));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new EngineCluster(cluster);
    }

    /// <summary>Ends the client with its observers and starts another.</summary>
    public async Task ReplaceClientAsync()
    {
        await _cluster.StopClusterClientAsync();
        await _cluster.InitializeClientAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
