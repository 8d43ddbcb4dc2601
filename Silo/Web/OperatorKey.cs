using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace ProvingMarket.Silo.Web;

/// <summary>The key of an operator and how it may be presented.</summary>
internal sealed class OperatorKey
{
    private readonly byte[] _hash;

    public OperatorKey(string key) => _hash = Hash(key);

    /// <summary>Whether the header <c>Authorization</c> presents the key, as bearer token or as password of any user. Takes the same time for every
    /// wrong key.</summary>
    public bool IsIn(string? authorization) =>
        AuthenticationHeaderValue.TryParse(authorization, out var header)
        && Presented(header) is { } key
        && CryptographicOperations.FixedTimeEquals(Hash(key), _hash);

    private static string? Presented(AuthenticationHeaderValue header) => header.Scheme.ToLowerInvariant() switch
    {
        "bearer" => header.Parameter,
        "basic" => Password(header.Parameter),
        _ => null,
    };

    private static string? Password(string? parameter)
    {
        var bytes = new byte[parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(parameter ?? "", bytes, out var length)) return null;
        var credentials = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = credentials.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : credentials[(colon + 1)..];
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
