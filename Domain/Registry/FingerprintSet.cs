using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ProvingMarket.Domain.Registry;

/// <summary>A set of ids that keeps the first eight bytes of the SHA-256 of each. That two of some ten thousand are taken for one another happens once in 10^15 times,
/// and nobody can find an id that is taken for a given other one without 2^64 attempts.</summary>
/// <remarks>Sorted runs of which each is at least twice as long as the next, merged when they would not be: the logarithmic method (Bentley and Saxe, Decomposable
/// searching problems, Journal of Algorithms 1980). What is added is copied once for each doubling, and a set is a few arrays of numbers: a tree of nodes that share, as
/// immutable sets are, leaves the garbage collector several objects to follow for each id.</remarks>
[GenerateSerializer, Immutable, Alias("pm.FingerprintSet")]
public sealed record FingerprintSet
{
    /// <summary>No ids.</summary>
    public static readonly FingerprintSet Empty = new();

    private const int Size = sizeof(ulong);

    /// <summary>The fingerprints, each as eight bytes with the highest first, in ascending runs; the longest run first.</summary>
    [Id(0)] public ImmutableArray<Bytes> Runs { get; init; } = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var run in Runs) count += run.Length / Size;
            return count;
        }
    }

    /// <summary>The fingerprint of an id.</summary>
    public static ulong FingerprintOf(string id)
    {
        const int Short = 256;
        var most = Encoding.UTF8.GetMaxByteCount(id.Length);
        Span<byte> utf8 = most <= Short ? stackalloc byte[Short] : new byte[most];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(id, utf8)], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>Whether an id with this fingerprint is in the set.</summary>
    public bool Contains(ulong fingerprint)
    {
        foreach (var run in Runs)
        {
            if (Contains(run.Span, fingerprint)) return true;
        }
        return false;
    }

    /// <summary>The set with one more; the same when it is in it.</summary>
    public FingerprintSet Add(ulong fingerprint)
    {
        if (Contains(fingerprint)) return this;
        var added = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(added, fingerprint);
        var kept = Runs.Length;
        while (kept > 0 && Runs[kept - 1].Length < 2 * added.Length) added = Merge(Runs[--kept].Span, added);
        return new FingerprintSet { Runs = [.. Runs.AsSpan()[..kept], Bytes.Own(added)] };
    }

    private static bool Contains(ReadOnlySpan<byte> run, ulong fingerprint)
    {
        var (low, high) = (0, run.Length / Size);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var there = At(run, middle);
            if (there == fingerprint) return true;
            if (there < fingerprint) low = middle + 1;
            else high = middle;
        }
        return false;
    }

    private static byte[] Merge(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var merged = new byte[one.Length + other.Length];
        for (var rest = merged.AsSpan(); rest.Length > 0; rest = rest[Size..])
        {
            ref var next = ref one;
            if (one.IsEmpty || (!other.IsEmpty && At(other, 0) < At(one, 0))) next = ref other;
            next[..Size].CopyTo(rest);
            next = next[Size..];
        }
        return merged;
    }

    private static ulong At(ReadOnlySpan<byte> run, int place) => BinaryPrimitives.ReadUInt64BigEndian(run[(place * Size)..]);
}
