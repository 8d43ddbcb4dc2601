using System.Globalization;
using Orleans.Runtime;
using Orleans.Simulation.Storage;

namespace Orleans.Simulation;

/// <summary>A durable record: one version of it, never changed.</summary>
public sealed class SimulatedRecord
{
    internal SimulatedRecord((string Storage, string State, GrainId Grain) key, long version, RecordContent content)
    {
        StorageName = key.Storage;
        StateName = key.State;
        GrainId = key.Grain;
        Version = version;
        Kept = content;
        ETag = version.ToString(CultureInfo.InvariantCulture);
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
    public ReadOnlyMemory<byte> Content => Bytes;

    /// <summary>Gets the content as JSON.</summary>
    internal byte[] Bytes => Kept.Bytes;

    /// <summary>Gets the content.</summary>
    internal RecordContent Kept { get; }

    /// <summary>Gets the version as storage gives it to grains.</summary>
    internal string ETag { get; }

    /// <summary>Reads the content. It must not be changed. A state that is not marked immutable is read once for each record, and has no references to grains.</summary>
    /// <typeparam name="T">The type the state was written as.</typeparam>
    /// <returns>The content.</returns>
    public T Read<T>() where T : class => Kept.As<T>()!;

    /// <summary>Finds out whether another version has the same content, because it was written without a change.</summary>
    /// <param name="other">The other version.</param>
    /// <returns>Whether it has.</returns>
    public bool HasContentOf(SimulatedRecord other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(Kept, other.Kept);
    }

    /// <inheritdoc/>
    public override string ToString() => $"'{StateName}' of {GrainId}, version {Version}, {Bytes.Length} B";
}
