using System.Collections.ObjectModel;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Storage;

namespace Orleans.TestingHost;

/// <summary>
/// A silo and a client in the test's process. The silo can be killed and started again: storage in memory belongs to the cluster, so what a silo
/// has stored outlives it, and nothing else does.
/// </summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly List<InProcessSiloHandle> _silos = [];
    private readonly MemoryStores _stores = new();
    private readonly ClusterLink _link = new();
    private IHost? _clientHost;
    private int _started;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    /// <summary>Gets the silos that are up.</summary>
    public ReadOnlyCollection<InProcessSiloHandle> Silos => _silos.AsReadOnly();

    /// <summary>Gets the options.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>Gets the client.</summary>
    public IClusterClient Client => TestClient ?? throw new InvalidOperationException("The cluster has no client: deploy it first.");

    private TestClusterClient? TestClient => _clientHost?.Services.GetRequiredService<TestClusterClient>();

    /// <summary>Starts the silo and the client.</summary>
    /// <returns>A task.</returns>
    public async Task DeployAsync()
    {
        if (_silos.Count > 0 || _clientHost is not null) throw new InvalidOperationException("The cluster is deployed already.");

        await StartAdditionalSiloAsync();
        if (Options.InitializeClientOnDeploy) await InitializeClientAsync();
    }

    /// <summary>Starts the client, anew if it was stopped.</summary>
    /// <returns>A task.</returns>
    public async Task InitializeClientAsync()
    {
        if (_clientHost is not null) await StopClusterClientAsync();

        _clientHost = TestClusterClient.BuildHost(_link, Options.ClientHostConfigurationDelegates);
        foreach (var silo in _silos) TestClient!.Connect(silo.Silo);
        await _clientHost.StartAsync();
    }

    /// <summary>Stops the client.</summary>
    /// <returns>A task.</returns>
    public async Task StopClusterClientAsync()
    {
        if (_clientHost is not { } host) return;

        foreach (var silo in _silos) TestClient!.Disconnect(silo.Silo);
        _clientHost = null;
        try
        {
            await host.StopAsync();
        }
        finally
        {
            host.Dispose();
        }
    }

    /// <summary>Starts a silo in place of one that was stopped or killed.</summary>
    /// <returns>The silo.</returns>
    /// <exception cref="NotSupportedException">There is a silo already.</exception>
    public async Task<InProcessSiloHandle> StartAdditionalSiloAsync()
    {
        if (_silos.Count > 0) throw new NotSupportedException("The embedded engine is one silo on one machine, and one is up.");

        var number = _started++;
        var handle = await CreateSiloAsync(new InProcessTestSiloSpecificOptions { SiloName = string.Create(CultureInfo.InvariantCulture, $"Silo_{number}") });
        handle.InstanceNumber = (short)number;
        return handle;
    }

    /// <summary>Starts a silo.</summary>
    /// <param name="siloOptions">Its options.</param>
    /// <returns>The silo.</returns>
    public async Task<InProcessSiloHandle> CreateSiloAsync(InProcessTestSiloSpecificOptions siloOptions)
    {
        ArgumentNullException.ThrowIfNull(siloOptions);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = siloOptions.SiloName });
        builder.Services.AddSingleton(_stores);
        foreach (var configure in Options.SiloHostConfigurationDelegates) configure(siloOptions, builder);
        builder.UseOrleans();

        var handle = new InProcessSiloHandle { Name = siloOptions.SiloName, SiloHost = builder.Build() };
        try
        {
            // Connected first: what the silo does while it starts may call the client's observers.
            TestClient?.Connect(handle.Silo);
            await handle.SiloHost.StartAsync();
        }
        catch
        {
            handle.Silo.Kill();
            handle.SiloHost.Dispose();
            throw;
        }

        _silos.Add(handle);
        _link.Up(handle.Silo);
        return handle;
    }

    /// <summary>Stops a silo, deactivating its grains.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>A task.</returns>
    public Task StopSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, stopGracefully: true);

    /// <summary>Stops all silos, deactivating their grains.</summary>
    /// <returns>A task.</returns>
    public async Task StopAllSilosAsync()
    {
        foreach (var silo in _silos.ToList()) await StopSiloAsync(silo);
    }

    /// <summary>Ends a silo as if its process had died.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>A task.</returns>
    public Task KillSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, stopGracefully: false);

    /// <summary>Stops a silo, unless it has been stopped or killed, and starts another.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>The new silo.</returns>
    public async Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        await StopSiloAsync(instance);
        return await StartAdditionalSiloAsync();
    }

    /// <summary>Gets the silos that are up.</summary>
    /// <returns>The silos.</returns>
    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => _silos.ToList();

    /// <summary>Ends a grain's activation and waits for the end.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>A task.</returns>
    public Task DeactivateAsync(IAddressable grain) => DeactivateAsync(grain.GetGrainId());

    /// <summary>Ends a grain's activation and waits for the end.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>A task.</returns>
    public async Task DeactivateAsync(GrainId grainId)
    {
        foreach (var activation in _silos.SelectMany(silo => silo.Silo.ActivationsOf(grainId)).ToList())
        {
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The test asked for it."));
            await activation.Deactivated;
        }
    }

    /// <summary>Waits until a grain has no activation.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>A task.</returns>
    public Task WaitForDeactivationAsync(IAddressable grain) => WaitForDeactivationAsync(grain.GetGrainId());

    /// <summary>Waits until a grain has no activation.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>A task.</returns>
    public Task WaitForDeactivationAsync(GrainId grainId) =>
        Task.WhenAll(_silos.SelectMany(silo => silo.Silo.ActivationsOf(grainId)).Select(activation => activation.Deactivated));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopClusterClientAsync();
        await StopAllSilosAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task EndAsync(InProcessSiloHandle instance, bool stopGracefully)
    {
        ArgumentNullException.ThrowIfNull(instance);
        if (!_silos.Contains(instance)) return;

        if (!stopGracefully) _link.Down();
        try
        {
            await instance.StopSiloAsync(stopGracefully);
        }
        finally
        {
            _link.Down();
            _silos.Remove(instance);
            TestClient?.Disconnect();
            await instance.DisposeAsync();
        }
    }
}
