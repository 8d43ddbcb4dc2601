using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Runtime.Gateway;

/// <summary>Connections over TCP.</summary>
internal sealed class TcpTransport : ITransport
{
    /// <inheritdoc/>
    public ITransportListener Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
            return new Listener(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new Connection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class Listener(Socket socket) : ITransportListener
    {
        public IPEndPoint EndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                try
                {
                    return new Connection(await socket.AcceptAsync(cancellationToken));
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
                {
                    // The other side gave up while it was waiting to be accepted.
                }
                catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    return null;
                }
            }
        }

        public void Dispose() => socket.Dispose();
    }

    private sealed class Connection : ITransportConnection
    {
        // Held by every connection also while it is idle, as most are most of the time. To wait without a buffer costs a busy one a sixth of its calls.
        private const int ReadBufferSize = 8 * 1024;

        private readonly NetworkStream _stream;

        internal Connection(Socket socket)
        {
            // Small messages are gathered before they are sent, not by the socket.
            socket.NoDelay = true;
            Peer = socket.RemoteEndPoint?.ToString() ?? "unknown";
            _stream = new NetworkStream(socket, ownsSocket: true);
            Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBufferSize, minimumReadSize: 4096, leaveOpen: true));
            Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(leaveOpen: true));
        }

        public string Peer { get; }

        public PipeReader Input { get; }

        public PipeWriter Output { get; }

        public void Dispose() => _stream.Dispose();
    }
}
