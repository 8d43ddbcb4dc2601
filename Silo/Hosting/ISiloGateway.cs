using System.Net;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Where clients and workers connect to this silo. Known once the host has started.</summary>
public interface ISiloGateway
{
    /// <summary>The address and port listened on; the port is the real one when a free one was asked for.</summary>
    IPEndPoint EndPoint { get; }
}
