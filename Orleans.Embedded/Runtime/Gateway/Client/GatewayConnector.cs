using System.Net;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Messaging;

namespace Orleans.Runtime.Gateway;

/// <summary>Makes connections to a silo's gateway.</summary>
/// <param name="transport">How it is reached.</param>
/// <param name="options">Where it is, and the limits.</param>
/// <param name="cluster">Which cluster it belongs to.</param>
/// <param name="client">This client's identity.</param>
/// <param name="host">This end of the connection.</param>
/// <param name="logger">The log.</param>
internal sealed class GatewayConnector(ITransport transport, EmbeddedClientOptions options, ClusterOptions cluster, string client, ClientCallHost host, ILogger logger)
{
    private int _next;

    /// <summary>Makes a connection to the next of the gateways.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, and what the silo said.</returns>
    /// <exception cref="ConnectionFailedException">The gateway cannot be reached.</exception>
    /// <exception cref="OrleansConfigurationException">The gateway refuses this client for good.</exception>
    internal async Task<(CallConnection Connection, Welcome Welcome)> ConnectAsync(CancellationToken cancellationToken)
    {
        var endPoint = options.Gateways[_next++ % options.Gateways.Count];
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, host.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        ITransportConnection? connection = null;
        try
        {
            connection = await transport.ConnectAsync(endPoint, patience.Token);
            var welcome = await ShakeHandsAsync(connection, endPoint, patience.Token);
            return (new CallConnection(connection, host, Limits(welcome), (default, new PeerCalls()), logger), welcome);
        }
        catch (Exception error)
        {
            connection?.Dispose();
            if (error is OrleansConfigurationException or ConnectionFailedException) throw;
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
            var reason = timeout.IsCancellationRequested ? $"no answer within {options.ConnectTimeout}" : error.Message;
            throw new ConnectionFailedException($"The gateway at {endPoint} cannot be reached: {reason}.", error);
        }
    }

    private async Task<Welcome> ShakeHandsAsync(ITransportConnection connection, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var hello = new Hello { Version = Handshake.Version, ClusterId = cluster.ClusterId, ServiceId = cluster.ServiceId, Client = client, Token = options.Token, MaxFrameBytes = options.MaxFrameBytes };
        await HandshakeExchange.SendAsync(connection, FrameKind.Hello, hello, cancellationToken);
        var (welcome, refusal) = await HandshakeExchange.ReceiveAnswerAsync(connection, options.MaxFrameBytes, cancellationToken);
        if (welcome is not null) return welcome;

        var message = $"The gateway at {endPoint} refuses this client: {refusal!.Reason}";
        throw refusal.IsFinal ? new OrleansConfigurationException(message) : new ConnectionFailedException(message);
    }

    private ConnectionLimits Limits(Welcome welcome) => new()
    {
        MaxReceivedBytes = options.MaxFrameBytes,
        MaxSentBytes = welcome.MaxFrameBytes,
        MaxCalls = welcome.MaxCalls,
        MaxCallBytes = options.MaxCallBytesPerConnection,
        MaxWaitingBytes = options.MaxWaitingBytes,
        PingInterval = welcome.PingInterval,
    };
}
