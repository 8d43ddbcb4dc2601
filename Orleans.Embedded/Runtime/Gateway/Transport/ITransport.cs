using System.IO.Pipelines;
using System.Net;

namespace Orleans.Runtime.Gateway;

/// <summary>How processes reach each other: TCP, or memory for tests and simulation.</summary>
internal interface ITransport
{
    /// <summary>Starts to accept connections.</summary>
    /// <param name="endPoint">Where; port 0 means any free one.</param>
    /// <returns>The listener.</returns>
    ITransportListener Listen(IPEndPoint endPoint);

    /// <summary>Opens a connection.</summary>
    /// <param name="endPoint">To whom.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection.</returns>
    ValueTask<ITransportConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken);
}

/// <summary>Accepts connections until it is disposed.</summary>
internal interface ITransportListener : IDisposable
{
    /// <summary>Gets where it listens.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The connection, or null once the listener is disposed.</returns>
    ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>A connection: a stream of bytes each way. Disposing it ends both, at once.</summary>
internal interface ITransportConnection : IDisposable
{
    /// <summary>Gets the name of the other side, for logs.</summary>
    string Peer { get; }

    /// <summary>Gets what the other side sends.</summary>
    PipeReader Input { get; }

    /// <summary>Gets the way to the other side.</summary>
    PipeWriter Output { get; }
}
