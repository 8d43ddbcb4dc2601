using System.Net;
using System.Net.Sockets;

namespace ProvingMarket.Benchmarks.Micro;

/// <summary>Ports for silos that live as long as a measurement.</summary>
internal static class FreePort
{
    /// <summary>A port that nobody listened on a moment ago.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
