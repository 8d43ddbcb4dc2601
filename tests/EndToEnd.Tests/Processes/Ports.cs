using System.Net;
using System.Net.Sockets;

namespace ProvingMarket.EndToEnd.Tests.Processes;

/// <summary>Ports for silos that must come back at the same address.</summary>
internal static class Ports
{
    /// <summary>A loopback port that was free a moment ago.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
