using System.Collections.Concurrent;

namespace Orleans.Runtime.Calls;

/// <summary>The interfaces whose calls a host accepts from other processes, by name. Nothing else can be named there.</summary>
internal sealed class GrainInterfaceTable
{
    private readonly ConcurrentDictionary<string, GrainInterface> _interfaces = new(StringComparer.Ordinal);

    /// <summary>Makes an interface and those it inherits known.</summary>
    /// <param name="type">A grain or observer interface.</param>
    /// <exception cref="OrleansConfigurationException">Another interface has the same name.</exception>
    internal void Add(Type type)
    {
        foreach (var candidate in type.GetInterfaces().Prepend(type))
        {
            if (!typeof(IAddressable).IsAssignableFrom(candidate) || candidate.Namespace == nameof(Orleans) && candidate != typeof(IRemindable) || candidate == typeof(IAddressable)) continue;

            var added = GrainInterface.Of(candidate);
            if (_interfaces.GetOrAdd(added.Name, added) != added)
                throw new OrleansConfigurationException($"The interfaces {_interfaces[added.Name].Type} and {candidate} have the same name '{added.Name}'.");
        }
    }

    /// <summary>Finds an interface by name.</summary>
    /// <param name="name">Its name on the wire.</param>
    /// <returns>The interface, or null.</returns>
    internal GrainInterface? Find(string name) => _interfaces.GetValueOrDefault(name);
}
