using System.Text;

namespace Orleans.Runtime;

/// <summary>A piece of an identity: UTF-8 bytes and their hash.</summary>
[GenerateSerializer, Immutable]
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    [Id(0)]
    private readonly byte[]? _value;

    [Id(1)]
    private readonly int _hash;

    /// <summary>Initializes a piece of an identity.</summary>
    /// <param name="value">The bytes; not copied, so never change them.</param>
    public IdSpan(byte[] value)
    {
        _value = value;
        _hash = Hash(value);
    }

    /// <summary>Gets whether this is the default, empty value.</summary>
    public bool IsDefault => _value is null || _value.Length == 0;

    /// <summary>Compares two pieces.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether their bytes are equal.</returns>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Compares two pieces.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether their bytes differ.</returns>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    /// <summary>Creates a piece from text.</summary>
    /// <param name="id">The text.</param>
    /// <returns>The piece.</returns>
    public static IdSpan Create(string id) => new(Encoding.UTF8.GetBytes(id));

    /// <summary>Gets the bytes.</summary>
    /// <returns>The bytes.</returns>
    public ReadOnlySpan<byte> AsSpan() => _value;

    /// <inheritdoc/>
    public bool Equals(IdSpan obj) => ReferenceEquals(_value, obj._value) || (_hash == obj._hash && AsSpan().SequenceEqual(obj.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(IdSpan other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <inheritdoc/>
    public override string ToString() => _value is null ? "" : Encoding.UTF8.GetString(_value);

    // FNV-1a with a final mix: the same in every process, so that nothing that iterates by hash differs between runs.
    private static int Hash(ReadOnlySpan<byte> value)
    {
        var hash = 2166136261u;
        foreach (var b in value)
            hash = unchecked((hash ^ b) * 16777619u);

        hash ^= hash >> 16;
        hash = unchecked(hash * 0x85ebca6bu);
        return unchecked((int)(hash ^ (hash >> 13)));
    }
}
