using System.Globalization;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>Builds a testing cluster.</summary>
public sealed class InProcessTestClusterBuilder
{
    private static int s_count;

    /// <summary>Initializes a builder of a cluster of one silo.</summary>
    public InProcessTestClusterBuilder() : this(1)
    {
    }

    /// <summary>Initializes a builder.</summary>
    /// <param name="initialSilosCount">The number of silos to start with. The embedded engine is one silo: it refuses more.</param>
    /// <exception cref="NotSupportedException">More than one silo was asked for.</exception>
    public InProcessTestClusterBuilder(short initialSilosCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(initialSilosCount);
        if (initialSilosCount > 1) throw new NotSupportedException($"{nameof(initialSilosCount)} is {initialSilosCount}: the embedded engine is one silo on one machine.");

        Options = new InProcessTestClusterOptions
        {
            InitialSilosCount = initialSilosCount,
            ClusterId = CreateClusterId(),
            ServiceId = CreateClusterId(),
            InitializeClientOnDeploy = true,
        };
    }

    /// <summary>Gets the options.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>Makes a name that no other cluster of this process has.</summary>
    /// <returns>The name.</returns>
    public static string CreateClusterId() => string.Create(CultureInfo.InvariantCulture, $"testcluster-{Interlocked.Increment(ref s_count)}");

    /// <summary>Configures the hosts of silos and client.</summary>
    /// <param name="configureDelegate">Configures a host.</param>
    /// <returns>This builder.</returns>
    public InProcessTestClusterBuilder ConfigureHost(Action<IHostApplicationBuilder> configureDelegate)
    {
        Options.SiloHostConfigurationDelegates.Add((_, host) => configureDelegate(host));
        Options.ClientHostConfigurationDelegates.Add(configureDelegate);
        return this;
    }

    /// <summary>Configures silos.</summary>
    /// <param name="configureSiloDelegate">Configures a silo.</param>
    /// <returns>This builder.</returns>
    public InProcessTestClusterBuilder ConfigureSilo(Action<InProcessTestSiloSpecificOptions, ISiloBuilder> configureSiloDelegate)
    {
        Options.SiloHostConfigurationDelegates.Add((options, host) => host.UseOrleans(silo => configureSiloDelegate(options, silo)));
        return this;
    }

    /// <summary>Configures the hosts of silos.</summary>
    /// <param name="configureSiloHostDelegate">Configures a silo's host.</param>
    /// <returns>This builder.</returns>
    public InProcessTestClusterBuilder ConfigureSiloHost(Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder> configureSiloHostDelegate)
    {
        Options.SiloHostConfigurationDelegates.Add(configureSiloHostDelegate);
        return this;
    }

    /// <summary>Configures the client.</summary>
    /// <param name="configureClientDelegate">Configures it.</param>
    /// <returns>This builder.</returns>
    public InProcessTestClusterBuilder ConfigureClient(Action<IClientBuilder> configureClientDelegate)
    {
        Options.ClientHostConfigurationDelegates.Add(host => configureClientDelegate(new ClientBuilder(host.Services, host.Configuration)));
        return this;
    }

    /// <summary>Configures the client's host.</summary>
    /// <param name="configureHostDelegate">Configures it.</param>
    /// <returns>This builder.</returns>
    public InProcessTestClusterBuilder ConfigureClientHost(Action<IHostApplicationBuilder> configureHostDelegate)
    {
        Options.ClientHostConfigurationDelegates.Add(configureHostDelegate);
        return this;
    }

    /// <summary>Builds the cluster. Deploy it to start it.</summary>
    /// <returns>The cluster.</returns>
    public InProcessTestCluster Build() => new(Options);
}
