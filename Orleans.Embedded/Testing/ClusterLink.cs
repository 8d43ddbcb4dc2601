using Orleans.Runtime;
using Orleans.Runtime.Calls;

namespace Orleans.TestingHost;

/// <summary>The way from a cluster's client to the silo that is up, whichever it is.</summary>
internal sealed class ClusterLink : IGrainCallChannel, IGrainTypeResolver
{
    private volatile Silo? _silo;
    private volatile IGrainTypeResolver? _types;

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (_silo is { } silo) silo.Send(call);
        else call.TrySetException(new SiloUnavailableException($"{call} was refused: the cluster has no silo."));
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget) => _silo?.Abandon(call, cancelTarget);

    /// <inheritdoc/>
    public GrainType GetGrainType(Type interfaceType, string? classNamePrefix) =>
        (_types ?? throw new SiloUnavailableException("The cluster has no silo yet.")).GetGrainType(interfaceType, classNamePrefix);

    /// <summary>Says that a silo is up.</summary>
    /// <param name="silo">The silo.</param>
    internal void Up(Silo silo)
    {
        _types = silo.Catalog;
        _silo = silo;
    }

    /// <summary>Says that the silo is down.</summary>
    internal void Down() => _silo = null;
}
