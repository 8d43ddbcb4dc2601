using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>Options of a testing cluster.</summary>
public sealed class InProcessTestClusterOptions
{
    /// <summary>Gets or sets the cluster's name.</summary>
    public string ClusterId { get; set; } = null!;

    /// <summary>Gets or sets the service's name.</summary>
    public string ServiceId { get; set; } = null!;

    /// <summary>Gets or sets the number of silos to start with. The embedded engine is one silo.</summary>
    public short InitialSilosCount { get; set; }

    /// <summary>Gets or sets a value indicating whether deploying starts the client.</summary>
    public bool InitializeClientOnDeploy { get; set; }

    /// <summary>Gets what configures the host of every silo, in order.</summary>
    public List<Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder>> SiloHostConfigurationDelegates { get; } = [];

    /// <summary>Gets what configures the client's host, in order.</summary>
    public List<Action<IHostApplicationBuilder>> ClientHostConfigurationDelegates { get; } = [];
}

/// <summary>Options of one silo of a testing cluster.</summary>
public sealed class InProcessTestSiloSpecificOptions
{
    /// <summary>Gets or sets the silo's name.</summary>
    public string SiloName { get; set; } = null!;
}
