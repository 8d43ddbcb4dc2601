using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Orleans.Runtime.Gateway;

/// <summary>Takes frames from a stream of bytes.</summary>
internal static class FrameReading
{
    /// <summary>Takes the first frame.</summary>
    /// <param name="buffer">What has arrived; afterwards without the frame.</param>
    /// <param name="maxBytes">The largest content that is accepted.</param>
    /// <param name="kind">What the frame is.</param>
    /// <param name="content">Its content.</param>
    /// <returns>Whether it has arrived as a whole.</returns>
    /// <exception cref="ProtocolException">It is too large, or not a frame.</exception>
    internal static bool TryTakeFrame(ref ReadOnlySequence<byte> buffer, int maxBytes, out FrameKind kind, out ReadOnlySequence<byte> content)
    {
        kind = default;
        content = default;
        if (buffer.Length < FrameWriting.HeaderSize) return false;

        Span<byte> header = stackalloc byte[FrameWriting.HeaderSize];
        buffer.Slice(0, FrameWriting.HeaderSize).CopyTo(header);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        kind = (FrameKind)header[sizeof(int)];
        if (kind is < FrameKind.Hello or > FrameKind.Farewell) throw new ProtocolException($"{(byte)kind} is no kind of frame");
        if (length < 1 || length - 1 > maxBytes) throw new ProtocolException($"a frame of {(uint)length} bytes is not within the {maxBytes} that are accepted");
        if (buffer.Length < sizeof(int) + length) return false;

        content = buffer.Slice(FrameWriting.HeaderSize, length - 1);
        buffer = buffer.Slice(sizeof(int) + length);
        return true;
    }
}

/// <summary>Reads the content of a frame.</summary>
/// <param name="content">The content.</param>
internal ref struct FrameContent(ReadOnlySpan<byte> content)
{
    private ReadOnlySpan<byte> _rest = content;

    /// <summary>Gets what has not been read.</summary>
    internal readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Reads a byte.</summary>
    /// <returns>The byte.</returns>
    internal byte ReadByte() => Take(1)[0];

    /// <summary>Reads a number.</summary>
    /// <returns>The number.</returns>
    internal uint ReadNumber()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = ReadByte();
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80) return shift < 28 || part < 0x10 ? value : throw new ProtocolException("a number is too large");
        }

        throw new ProtocolException("a number is too long");
    }

    /// <summary>Reads bytes with their number.</summary>
    /// <returns>The bytes.</returns>
    internal ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadNumber();
        return length <= int.MaxValue ? Take((int)length) : throw new ProtocolException("bytes are missing");
    }

    /// <summary>Reads text.</summary>
    /// <returns>The text.</returns>
    internal string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>Reads which call.</summary>
    /// <returns>The call.</returns>
    internal CallId ReadCallId() => new(ReadNumber(), ReadNumber());

    /// <summary>Reads a part whose length is written before it.</summary>
    /// <returns>The part.</returns>
    internal ReadOnlySpan<byte> ReadPart() => Take(BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))));

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length) throw new ProtocolException("a frame ends too early");

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
