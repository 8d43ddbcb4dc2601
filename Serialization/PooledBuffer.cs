using System.Buffers;

namespace ProvingMarket.Serialization;

/// <summary>A growing buffer from the shared pool that refuses to grow beyond a limit. Disposing it gives the memory back.</summary>
/// <param name="limit">The limit, in bytes.</param>
/// <param name="limitName">The setting that it comes from.</param>
public sealed class PooledBuffer(int limit, string limitName) : IBufferWriter<byte>, IDisposable
{
    // Most values fit: Utf8JsonWriter asks for as much again each time, and what was written is copied.
    private const int InitialSize = 4096;
    private const int LargestKept = 64 * 1024;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>Gets what was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Gets what was written.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>Gets the number of bytes written.</summary>
    public int Length => _length;

    /// <summary>Gets or sets the limit, in bytes.</summary>
    public int Limit { get; set; } = limit;

    /// <summary>Gets or sets the setting that the limit comes from.</summary>
    public string LimitName { get; set; } = limitName;

    /// <summary>Copies bytes into a buffer that has just the room for them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The buffer.</returns>
    public static PooledBuffer CopyOf(ReadOnlySpan<byte> bytes)
    {
        var copy = new PooledBuffer(bytes.Length, nameof(bytes)) { _bytes = bytes.IsEmpty ? [] : ArrayPool<byte>.Shared.Rent(bytes.Length), _length = bytes.Length };
        bytes.CopyTo(copy._bytes);
        return copy;
    }

    /// <summary>Forgets what was written. The memory is kept unless it is much.</summary>
    public void Clear()
    {
        if (_bytes.Length > LargestKept) Dispose();
        else _length = 0;
    }

    /// <summary>Takes back what was written after a position.</summary>
    /// <param name="length">The number of bytes to keep.</param>
    public void Truncate(int length) => _length = Math.Min(_length, length);

    /// <summary>Gets a part of what was written, to change it.</summary>
    /// <param name="start">Where it starts.</param>
    /// <param name="length">Its length.</param>
    /// <returns>The part.</returns>
    public Span<byte> Patch(int start, int length) => _bytes.AsSpan(0, _length).Slice(start, length);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        if (_length + count > Limit)
            throw new SerializerLimitException($"The value is larger than {LimitName} = {Limit} bytes allows.");
        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Reserve(int sizeHint)
    {
        if (_bytes.Length - _length >= Math.Max(sizeHint, 1)) return;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialSize, Math.Max(_bytes.Length * 2, _length + sizeHint)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
