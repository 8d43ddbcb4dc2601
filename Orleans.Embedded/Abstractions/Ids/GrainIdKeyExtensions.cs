using System.Buffers.Text;

namespace Orleans.Runtime;

/// <summary>How keys that are not text are written: integers as upper-case hexadecimal.</summary>
public static class GrainIdKeyExtensions
{
    /// <summary>Writes an integer key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The key as part of an identity.</returns>
    public static IdSpan CreateIntegerKey(long key)
    {
        Span<byte> buffer = stackalloc byte[sizeof(long) * 2];
        Utf8Formatter.TryFormat(key, buffer, out var length, 'X');
        return new IdSpan(buffer[..length].ToArray());
    }

    /// <summary>Reads an integer key.</summary>
    /// <param name="grainId">The grain's identity.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether the grain has an integer key.</returns>
    internal static bool TryGetIntegerKey(this GrainId grainId, out long key)
    {
        var text = grainId.Key.AsSpan();
        return Utf8Parser.TryParse(text, out key, out var read, 'X') && read == text.Length;
    }
}
