using System.Text;

namespace ProvingMarket.Domain;

/// <summary>A hash of an id that is the same in every process and version, which the one of the runtime is not. It spreads ids; it protects
/// nothing from somebody who chooses them. FNV-1a with 64 bits over the UTF-8 of the id (Fowler, Noll, Vo; RFC 9923).</summary>
public static class IdHash
{
    private const ulong OffsetBasis = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;
    private const int Short = 256;

    /// <summary>The hash of <paramref name="id"/>.</summary>
    public static ulong Of(string id)
    {
        var most = Encoding.UTF8.GetMaxByteCount(id.Length);
        var utf8 = most <= Short ? stackalloc byte[Short] : new byte[most];
        var hash = OffsetBasis;
        foreach (var b in utf8[..Encoding.UTF8.GetBytes(id, utf8)]) hash = unchecked((hash ^ b) * Prime);
        return hash;
    }
}
