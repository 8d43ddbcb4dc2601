using System.Globalization;
using Orleans.Runtime;
using Orleans.Simulation.Storage;

namespace Orleans.Simulation;

/// <summary>A durable record: one version of it, never changed.</summary>
public sealed class SimulatedRecord
{
    private object? _content;

    internal SimulatedRecord((string Storage, string State, GrainId Grain) key, long version, byte[] bytes)
    {
        StorageName = key.Storage;
        StateName = key.State;
        GrainId = key.Grain;
        Version = version;
        Bytes = bytes;
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
    internal byte[] Bytes { get; }

    /// <summary>Gets the version as storage gives it to grains.</summary>
    internal string ETag { get; }

    /// <summary>Reads the content. It is read once for each record and is nobody else's object; it must not be changed, and has no references to grains.</summary>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <returns>The content.</returns>
    public T Read<T>() where T : class => (T)(_content ??= StateCodec.Read<T>(Bytes)!);

    /// <inheritdoc/>
    public override string ToString() => $"'{StateName}' of {GrainId}, version {Version}, {Bytes.Length} B";
}
