using System.Collections.Frozen;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>Which grain classes interfaces mean, as a client's silo said when it was connected last.</summary>
internal sealed class SiloGrainTypes : IGrainTypeResolver
{
    private volatile FrozenDictionary<string, (string Name, GrainType GrainType)[]>? _classes;

    /// <inheritdoc/>
    public GrainType GetGrainType(Type interfaceType, string? classNamePrefix)
    {
        var classes = _classes ?? throw new SiloUnavailableException("The client has not been connected yet: start its host first.");
        var candidates = classes.GetValueOrDefault(GrainInterface.Of(interfaceType).Name, []);
        return candidates is [var only] && string.IsNullOrWhiteSpace(classNamePrefix)
            ? only.GrainType
            : GrainClassChoice.Choose(interfaceType, candidates, classNamePrefix);
    }

    /// <summary>Takes what a silo says.</summary>
    /// <param name="welcome">What it says.</param>
    internal void Learn(Welcome welcome) => _classes = welcome.Interfaces.ToFrozenDictionary(
        item => item.Interface,
        item => item.Classes.Select(name => (name.Name, GrainType.Create(name.GrainType))).ToArray(),
        StringComparer.Ordinal);
}
