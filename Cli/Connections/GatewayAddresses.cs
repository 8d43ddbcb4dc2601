using System.Net;
using System.Net.Sockets;

namespace ProvingMarket.Cli.Connections;

/// <summary>Reads what <c>--gateway</c> says.</summary>
internal static class GatewayAddresses
{
    /// <summary>All addresses of all gateways, in their order: a name may have several, of which the silo listens at one only.</summary>
    /// <param name="gateways">HOST:PORT; several with commas between.</param>
    /// <param name="addressesOf">Finds the addresses of a host by its name.</param>
    /// <returns>The addresses, or which gateway cannot be used and why.</returns>
    public static (IReadOnlyCollection<IPEndPoint>? EndPoints, string? Problem) Read(string gateways, Func<string, IPAddress[]> addressesOf)
    {
        var endPoints = new List<IPEndPoint>();
        foreach (var gateway in gateways.Split(',', StringSplitOptions.TrimEntries))
        {
            var (found, problem) = Resolve(gateway, addressesOf);
            if (found is null) return (null, problem);
            endPoints.AddRange(found);
        }
        return (endPoints, null);
    }

    private static (IEnumerable<IPEndPoint>? EndPoints, string? Problem) Resolve(string gateway, Func<string, IPAddress[]> addressesOf)
    {
        if (IPEndPoint.TryParse(gateway, out var direct) && direct.Port > 0) return ([direct], null);
        var colon = gateway.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(gateway.AsSpan(colon + 1), out var port) || port == 0)
            return (null, $"--gateway must be HOST:PORT, was {gateway}");
        try
        {
            var addresses = addressesOf(gateway[..colon]);
            return addresses.Length > 0 ? (addresses.Select(address => new IPEndPoint(address, port)), null) : (null, NotFound(gateway, "it has no address"));
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return (null, NotFound(gateway, exception.Message));
        }
    }

    private static string NotFound(string gateway, string reason) => $"--gateway must name a host that can be found, was {gateway}: {reason}";
}
