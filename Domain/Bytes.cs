using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Domain;

/// <summary>An immutable sequence of bytes, equal by content. The default value is empty.</summary>
[GenerateSerializer, Immutable, Alias("pm.Bytes")]
[JsonConverter(typeof(BytesJsonConverter))]
[SuppressMessage("Design", "CA1711", Justification = "Bytes is what it is.")]
public readonly struct Bytes : IEquatable<Bytes>
{
    [Id(0)] private readonly byte[]? _content;

    private Bytes(byte[] owned) => _content = owned;

    /// <summary>No bytes.</summary>
    public static Bytes Empty => default;

    /// <summary>A copy of <paramref name="content"/>.</summary>
    public static Bytes CopyOf(ReadOnlySpan<byte> content) => new(content.ToArray());

    /// <summary>The UTF-8 bytes of <paramref name="text"/>.</summary>
    public static Bytes Utf8(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>How many bytes.</summary>
    public int Length => _content?.Length ?? 0;

    /// <summary>The bytes, read-only.</summary>
    public ReadOnlySpan<byte> Span => _content;

    /// <summary>The bytes, read-only.</summary>
    public ReadOnlyMemory<byte> Memory => _content;

    /// <summary>SHA-256 of the content as 64 lower-case hexadecimal digits.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Span));

    /// <summary>The content read as UTF-8.</summary>
    public string ToUtf8String() => Encoding.UTF8.GetString(Span);

    /// <inheritdoc/>
    public bool Equals(Bytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Bytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Equal content.</summary>
    public static bool operator ==(Bytes left, Bytes right) => left.Equals(right);

    /// <summary>Different content.</summary>
    public static bool operator !=(Bytes left, Bytes right) => !left.Equals(right);

    /// <summary>The length, never the content: witnesses are private.</summary>
    public override string ToString() => $"{Length} bytes";

    internal static Bytes Own(byte[] content) => new(content);
}

/// <summary>Bytes in JSON are a base64 string.</summary>
internal sealed class BytesJsonConverter : JsonConverter<Bytes>
{
    public override Bytes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Bytes.Own(reader.GetBytesFromBase64());

    public override void Write(Utf8JsonWriter writer, Bytes value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.Span);
}
