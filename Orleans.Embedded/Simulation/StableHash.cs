namespace Orleans.Simulation;

/// <summary>Hashes that are the same in every process, unlike <see cref="object.GetHashCode"/> of strings.</summary>
internal static class StableHash
{
    private const ulong Start = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    /// <summary>Hashes a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The hash.</returns>
    internal static ulong Of(string text)
    {
        var hash = Start;
        foreach (var c in text) hash = (hash ^ c) * Prime;
        return Mix(hash, (ulong)text.Length);
    }

    /// <summary>Hashes bytes, eight at a time.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The hash.</returns>
    internal static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Mix(Start, (ulong)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) hash = Mix(hash, BitConverter.ToUInt64(bytes));
        var last = 0UL;
        foreach (var b in bytes) last = (last << 8) | b;
        return Mix(hash, last);
    }

    /// <summary>Hashes bytes, whatever their order: a record that contains a hash table is written in an order that differs from process to process.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The hash.</returns>
    internal static ulong OfAll(ReadOnlySpan<byte> bytes)
    {
        var sum = 0UL;
        foreach (var b in bytes) sum += (b + 1UL) * (b + Prime);
        return Mix(sum, (ulong)bytes.Length);
    }

    /// <summary>Mixes a value into a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="value">The value.</param>
    /// <returns>The new hash.</returns>
    internal static ulong Mix(ulong hash, ulong value)
    {
        var high = Math.BigMul(hash ^ 0x9e3779b97f4a7c15, value ^ 0xe7037ed1a0b428db, out var low);
        return high ^ low ^ (hash << 1) ^ (hash >> 63);
    }
}
