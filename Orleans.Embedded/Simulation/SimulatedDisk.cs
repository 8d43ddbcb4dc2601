using Orleans.Runtime;

namespace Orleans.Simulation;

/// <summary>What is durable.</summary>
public sealed class SimulatedDisk
{
    internal SimulatedDisk()
    {
    }

    /// <summary>Raised at every change, with the record as it was and as it is; null for one that does not exist. The change is durable, its writer may not know yet.</summary>
    public event Action<SimulatedRecord?, SimulatedRecord?>? Changed;

    /// <summary>Gets the number of changes so far.</summary>
    public long Changes { get; private set; }

    /// <summary>Gets all records, in the order of their creation.</summary>
    public IEnumerable<SimulatedRecord> Records => throw new NotSupportedException();

    /// <summary>Finds a record.</summary>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="storageName">The storage's name, or null for any.</param>
    /// <returns>The record, or null.</returns>
    public SimulatedRecord? Find(string stateName, GrainId grainId, string? storageName = null) => throw new NotSupportedException();

    internal void OnChanged(SimulatedRecord? before, SimulatedRecord? after)
    {
        Changes++;
        Changed?.Invoke(before, after);
    }
}

/// <summary>A durable record: one version of it, never changed.</summary>
public sealed class SimulatedRecord
{
    internal SimulatedRecord(string storageName, string stateName, GrainId grainId, long version, byte[] content)
    {
        StorageName = storageName;
        StateName = stateName;
        GrainId = grainId;
        Version = version;
        Content = content;
    }

    /// <summary>Gets the storage's name.</summary>
    public string StorageName { get; }

    /// <summary>Gets the state's name.</summary>
    public string StateName { get; }

    /// <summary>Gets the grain.</summary>
    public GrainId GrainId { get; }

    /// <summary>Gets the version: greater than those of all earlier changes on this disk.</summary>
    public long Version { get; }

    /// <summary>Gets the content as JSON.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Reads the content. It is read once for each record; the object must not be changed.</summary>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <returns>The content.</returns>
    public T Read<T>() where T : class => throw new NotSupportedException();
}
