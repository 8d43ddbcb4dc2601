using System.Net;

namespace Orleans.Hosting;

/// <summary>A silo's gateway. Ask the silo's services for it.</summary>
public interface IEmbeddedGateway
{
    /// <summary>Gets where it listens; null while the silo is not started.</summary>
    IPEndPoint? EndPoint { get; }

    /// <summary>Gets the number of connected clients.</summary>
    int ConnectionCount { get; }
}
