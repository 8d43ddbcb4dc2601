using Orleans.Runtime.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>The form in which SQLite storage keeps records, for storage in memory: what one refuses, the other does.</summary>
/// <param name="references">Creates the references that records contain.</param>
internal sealed class JsonStateSerializer(IReferenceResolver references) : IGrainStateSerializer
{
    private readonly JsonCodec _codec = new(SerializedForm.Compact, references: references);

    /// <inheritdoc/>
    public byte[] Serialize<T>(T? content)
    {
        using var buffer = new PooledBuffer(_codec.Limits.MaxBytes, nameof(_codec.Limits.MaxBytes));
        _codec.Serialize(buffer, content);
        return buffer.Written.ToArray();
    }

    /// <inheritdoc/>
    public T? Deserialize<T>(ReadOnlySpan<byte> bytes) => _codec.Deserialize<T>(bytes);

    /// <summary>Says whether states of a type may contain references.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>False only when none of them can.</returns>
    internal bool MayRefer<T>() => _codec.MayRefer(typeof(T));
}
