using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A record that belongs to one grain, read before the grain activates. Injected by <see cref="PersistentStateAttribute"/>.</summary>
/// <typeparam name="TState">The type of the content.</typeparam>
public interface IPersistentState<TState> : IStorage<TState>
{
}

/// <summary>Says which record a grain's constructor parameter of type <see cref="IPersistentState{TState}"/> is.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    /// <summary>Names the record.</summary>
    /// <param name="stateName">The record's name within the grain.</param>
    /// <param name="storageName">The name of the storage it is in; the default storage when null.</param>
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    /// <summary>Gets the record's name within the grain.</summary>
    public string StateName { get; }

    /// <summary>Gets the name of the storage it is in; the default storage when null.</summary>
    public string? StorageName { get; }
}
