using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>The mechanisms of this market, by name.</summary>
internal sealed class MechanismCatalog
{
    private readonly SortedDictionary<string, RegisteredMechanism> _byName = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Two mechanisms have the same name.</exception>
    public MechanismCatalog(IEnumerable<RegisteredMechanism> registered)
    {
        foreach (var one in registered)
        {
            if (!_byName.TryAdd(one.Mechanism.Name, one))
                throw new InvalidOperationException($"Two mechanisms are named {one.Mechanism.Name}.");
        }
        All = [.. _byName.Values.Select(one => one.Mechanism)];
        Contenders = [.. All.SelectMany(mechanism => mechanism.Instances, (mechanism, instance) => new Contender(mechanism, instance))];
        if (Contenders.CountBy(contender => contender.Instance.Id, StringComparer.Ordinal).FirstOrDefault(named => named.Value > 1) is { Key: { } twice })
            throw new InvalidOperationException($"Two instances are named {twice}.");
    }

    /// <summary>The instances that compete for requests that name no mechanism, in a fixed order.</summary>
    public ImmutableArray<Contender> Contenders { get; }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyCollection<IMechanism> All { get; }

    /// <summary>The mechanism a request names, or why there is none.</summary>
    public (IMechanism? Mechanism, Refusal? Refusal) Find(string name) => _byName.TryGetValue(name, out var found)
        ? (found.Mechanism, null)
        : (null, Refusal.Of(ReasonCode.MechanismUnknown, "mechanism.name", "one of " + string.Join(", ", _byName.Keys), name));

    /// <summary>The grain that runs a stage.</summary>
    /// <exception cref="InvalidOperationException">The mechanism was routed to, but this silo does not have it.</exception>
    public IMechanismRunGrain GetRun(IGrainFactory grains, MechanismChoice choice, string runKey) =>
        _byName.TryGetValue(choice.Name, out var found)
            ? found.GetRun(grains, runKey)
            : throw new InvalidOperationException($"This silo has no mechanism named {choice.Name}, which run {runKey} needs.");
}
