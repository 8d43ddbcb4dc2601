using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>The mechanisms of this market, by name.</summary>
internal sealed class MechanismCatalog
{
    private readonly SortedDictionary<string, IMechanism> _byName = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Two mechanisms have the same name.</exception>
    public MechanismCatalog(IEnumerable<IMechanism> mechanisms)
    {
        foreach (var mechanism in mechanisms)
        {
            if (!_byName.TryAdd(mechanism.Name, mechanism))
                throw new InvalidOperationException($"Two mechanisms are named {mechanism.Name}.");
        }
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyCollection<IMechanism> All => _byName.Values;

    /// <summary>The mechanism a request names, checked; or why not.</summary>
    public (IMechanism? Mechanism, Refusal? Refusal) Find(string name) => _byName.TryGetValue(name, out var mechanism)
        ? (mechanism, null)
        : (null, Refusal.Of(ReasonCode.MechanismUnknown, "mechanism.name", "one of " + string.Join(", ", _byName.Keys), name));

    /// <summary>The grain that runs a stage.</summary>
    /// <exception cref="InvalidOperationException">The mechanism was routed to, but this silo does not have it.</exception>
    public IMechanismRunGrain GetRun(IGrainFactory grains, MechanismChoice choice, string runKey) =>
        _byName.TryGetValue(choice.Name, out var mechanism)
            ? mechanism.GetRun(grains, runKey)
            : throw new InvalidOperationException($"This silo has no mechanism named {choice.Name}, which run {runKey} needs.");
}
