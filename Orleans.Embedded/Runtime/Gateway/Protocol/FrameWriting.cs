using System.Buffers.Binary;
using System.Text;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>Writes frames: the length of what follows as four bytes, least significant first, the kind, the content.</summary>
internal static class FrameWriting
{
    /// <summary>The size of a frame's beginning.</summary>
    internal const int HeaderSize = sizeof(int) + 1;

    /// <summary>Begins a frame.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <param name="kind">What it is.</param>
    /// <returns>Where it begins, for <see cref="EndFrame"/>.</returns>
    internal static int BeginFrame(this PooledBuffer buffer, FrameKind kind)
    {
        var start = buffer.Length;
        buffer.GetSpan(HeaderSize)[sizeof(int)] = (byte)kind;
        buffer.Advance(HeaderSize);
        return start;
    }

    /// <summary>Ends a frame.</summary>
    /// <param name="buffer">Has it.</param>
    /// <param name="start">Where it begins.</param>
    internal static void EndFrame(this PooledBuffer buffer, int start) =>
        BinaryPrimitives.WriteInt32LittleEndian(buffer.Patch(start, sizeof(int)), buffer.Length - start - sizeof(int));

    /// <summary>Writes a byte.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <param name="value">The byte.</param>
    internal static void WriteByte(this PooledBuffer buffer, byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    /// <summary>Writes a number, seven bits to a byte.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <param name="value">The number.</param>
    internal static void WriteNumber(this PooledBuffer buffer, uint value)
    {
        var span = buffer.GetSpan(5);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    /// <summary>Writes bytes with their number.</summary>
    /// <param name="buffer">Receives them.</param>
    /// <param name="bytes">The bytes.</param>
    internal static void WriteBytes(this PooledBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        buffer.WriteNumber((uint)bytes.Length);
        bytes.CopyTo(buffer.GetSpan(bytes.Length));
        buffer.Advance(bytes.Length);
    }

    /// <summary>Writes text as UTF-8 with its length.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <param name="text">The text.</param>
    internal static void WriteText(this PooledBuffer buffer, string text) => buffer.WriteBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes which call.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <param name="id">The call.</param>
    internal static void WriteCallId(this PooledBuffer buffer, CallId id)
    {
        buffer.WriteNumber(id.Place);
        buffer.WriteNumber(id.Use);
    }

    /// <summary>Begins a part whose length is written before it.</summary>
    /// <param name="buffer">Receives it.</param>
    /// <returns>Where it begins, for <see cref="EndPart"/>.</returns>
    internal static int BeginPart(this PooledBuffer buffer)
    {
        var start = buffer.Length;
        buffer.GetSpan(sizeof(int));
        buffer.Advance(sizeof(int));
        return start;
    }

    /// <summary>Ends a part.</summary>
    /// <param name="buffer">Has it.</param>
    /// <param name="start">Where it begins.</param>
    internal static void EndPart(this PooledBuffer buffer, int start) => EndFrame(buffer, start);
}
