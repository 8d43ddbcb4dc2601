using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;
using ProvingMarket.Storage.Records;

namespace Orleans.Runtime.Gateway;

/// <summary>Accepts clients of other processes. Starts after the silo and stops before it.</summary>
internal sealed partial class EmbeddedGateway : IEmbeddedGateway, IHostedService, IDisposable
{
    private const int StrangersAtTheDoor = 100;

    private static readonly TimeSpan s_acceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Silo _silo;
    private readonly ITransport _transport;
    private readonly EmbeddedGatewayOptions _options;
    private readonly ClusterOptions _cluster;
    private readonly ILogger _logger;
    private readonly SiloCallHost _host;
    private readonly ServiceTurns _turns;
    private readonly ConcurrentDictionary<ITransportConnection, CallConnection?> _connections = new();
    private readonly ClientPlaces _places;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lazy<Welcome> _welcome;
    private ITransportListener? _listener;
    private volatile bool _isLeaving;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Initializes a gateway.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="transport">How clients reach it.</param>
    /// <param name="options">Where it listens, and its limits.</param>
    /// <param name="cluster">Which cluster this is.</param>
    /// <param name="logger">The log.</param>
    public EmbeddedGateway(Silo silo, ITransport transport, IOptions<EmbeddedGatewayOptions> options, IOptions<ClusterOptions> cluster, ILogger<EmbeddedGateway> logger)
    {
        _silo = silo;
        _transport = transport;
        _options = options.Value;
        _cluster = cluster.Value;
        _logger = new UnfailingLog(logger);
        _host = new SiloCallHost(silo, new CallCodecs(silo.Caller, _options.MaxFrameBytes, _options.ShowStackTraces));
        _turns = new ServiceTurns(silo.Scheduler);
        _places = new ClientPlaces(_options.MaxConnections);
        _welcome = new Lazy<Welcome>(CreateWelcome);
    }

    /// <inheritdoc/>
    public IPEndPoint? EndPoint => _listener?.EndPoint;

    /// <inheritdoc/>
    public int ConnectionCount => _places.ConnectionCount;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var endPoint = new IPEndPoint(_options.Address, _options.Port);
        try
        {
            _listener = _transport.Listen(endPoint);
        }
        catch (Exception error)
        {
            throw new OrleansConfigurationException($"The gateway cannot listen on {endPoint} ({nameof(EmbeddedGatewayOptions)}.{nameof(_options.Address)}, {nameof(_options.Port)}): {error.Message}", error);
        }

        LogListening(_logger, _listener.EndPoint);
        _accepting = _turns.RunAsync(AcceptAsync);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isLeaving = true;
        _listener?.Dispose();
        await _accepting;
        using var timeout = new CancellationTokenSource(_options.StopTimeout, _silo.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await Task.WhenAll(_connections.Values.OfType<CallConnection>().Select(connection => connection.LeaveAsync(patience.Token)));
        }
        catch (OperationCanceledException)
        {
            LogCutOff(_logger, _options.StopTimeout);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested) return;

        _listener?.Dispose();
        _stopping.Cancel();
        foreach (var (transport, connection) in _connections)
        {
            if (connection is null) transport.Dispose();
            else connection.Close("the silo is stopping");
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await _listener!.AcceptAsync(_stopping.Token) is not { } transport) return;
                Accept(transport);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // Such as too many open files: it passes, and the silo goes on without new clients until then.
                LogNotAccepting(_logger, error);
                await Task.Delay(s_acceptPause, _silo.Clock, CancellationToken.None);
            }
        }
    }

    private void Accept(ITransportConnection transport)
    {
        if (_connections.Count >= _options.MaxConnections + StrangersAtTheDoor)
        {
            LogRefused(_logger, transport.Peer, $"more than {StrangersAtTheDoor} connections have not said who they are");
            transport.Dispose();
            return;
        }

        _connections[transport] = null;
        _ = new ServiceTurns(_silo.Scheduler).RunAsync(() => ServeAsync(transport));
    }

    private async Task ServeAsync(ITransportConnection transport)
    {
        try
        {
            if (await ShakeHandsAsync(transport) is not var (hello, calls)) return;

            using var connection = new CallConnection(transport, _host, Limits(hello), (GrainId.Create(ObserverTable.ClientType, hello.Client), calls), _logger);
            _connections[transport] = connection;
            _silo.Clients.Connected(hello.Client, connection);
            LogConnected(_logger, hello.Client, transport.Peer);
            var reason = _isLeaving || _stopping.IsCancellationRequested ? "the silo is stopping" : await connection.RunAsync();
            _silo.Clients.Disconnected(hello.Client, connection);
            Forget(transport);
            LogDisconnected(_logger, hello.Client, transport.Peer, reason);
        }
        catch (Exception error)
        {
            LogRefused(_logger, transport.Peer, error is OperationCanceledException ? $"no handshake within {_options.HandshakeTimeout}" : error.Message);
        }
        finally
        {
            Forget(transport);
            transport.Dispose();
        }
    }

    private async Task<(Hello Hello, PeerCalls Calls)?> ShakeHandsAsync(ITransportConnection transport)
    {
        using var timeout = new CancellationTokenSource(_options.HandshakeTimeout, _silo.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, timeout.Token);
        var hello = await HandshakeExchange.ReceiveHelloAsync(transport, patience.Token);
        var calls = new PeerCalls();
        if ((WhyNot(hello) ?? Admit(transport, hello.Client, out calls)) is { } refusal)
        {
            LogRefused(_logger, transport.Peer, refusal.Reason);
            await HandshakeExchange.SendAsync(transport, FrameKind.Refusal, refusal, patience.Token);
            return null;
        }

        await HandshakeExchange.SendAsync(transport, FrameKind.Welcome, _welcome.Value, patience.Token);
        return (hello, calls);
    }

    private Refusal? WhyNot(Hello hello)
    {
        if (hello.Version != Handshake.Version)
            return new Refusal($"The client speaks version {hello.Version} of the protocol, the silo version {Handshake.Version}.", IsFinal: true);
        if (!IsToken(hello.Token)) return new Refusal("The token is not the gateway's.", IsFinal: true);
        if (hello.ClusterId != _cluster.ClusterId || hello.ServiceId != _cluster.ServiceId)
            return new Refusal($"The client looks for cluster '{hello.ClusterId}', service '{hello.ServiceId}'; this is cluster '{_cluster.ClusterId}', service '{_cluster.ServiceId}'.", IsFinal: true);
        if (_isLeaving) return new Refusal("The silo is stopping.", IsFinal: false);
        if (hello.Client.Length is 0 or > 100 || hello.Client.Contains('+', StringComparison.Ordinal)) return new Refusal("The client's identity is malformed.", IsFinal: true);
        return null;
    }

    // Who has not said who he is takes the place of no client.
    private Refusal? Admit(ITransportConnection transport, string client, out PeerCalls calls) => _places.TryEnter(transport, client, out calls) is { } reason
        ? new Refusal($"{reason}, and the limit is {nameof(_options.MaxConnections)} = {_options.MaxConnections}.", IsFinal: false)
        : null;

    private void Forget(ITransportConnection transport)
    {
        _places.Leave(transport);
        _connections.TryRemove(transport, out _);
    }

    // Hashes, so that the comparison takes the same time whatever the lengths and wherever they differ.
    private bool IsToken(string? token) => string.IsNullOrEmpty(_options.Token) || CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(token ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes(_options.Token)));

    // Not more than the client accepts, or its connection would end; but enough to tell it why a call has failed, whatever it says it accepts.
    private ConnectionLimits Limits(Hello hello) => new()
    {
        MaxReceivedBytes = _options.MaxFrameBytes,
        MaxSentBytes = hello.MaxFrameBytes == 0 ? _options.MaxFrameBytes : Math.Min(_options.MaxFrameBytes, Math.Max(hello.MaxFrameBytes, EmbeddedGatewayOptions.LeastFrameBytes)),
        MaxCalls = _options.MaxCallsPerConnection,
        MaxCallBytes = _options.MaxCallBytesPerConnection,
        MaxWaitingBytes = _options.MaxWaitingBytes,
        PingInterval = _options.PingInterval,
    };

    private Welcome CreateWelcome() => new()
    {
        MaxFrameBytes = _options.MaxFrameBytes,
        MaxCalls = _options.MaxCallsPerConnection,
        PingInterval = _options.PingInterval,
        Interfaces =
        [
            .. _silo.Catalog.Interfaces.Select(type => new InterfaceClasses(
                GrainInterface.Of(type).Name,
                [.. _silo.Catalog.Candidates(type).Select(grainClass => new ClassName(grainClass.ToString(), grainClass.GrainType.ToString()))])),
        ],
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "The gateway listens on {EndPoint}.")]
    private static partial void LogListening(ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(Level = LogLevel.Information, Message = "Client {Client} has connected from {Peer}.")]
    private static partial void LogConnected(ILogger logger, string client, string peer);

    [LoggerMessage(Level = LogLevel.Information, Message = "Client {Client} at {Peer} is disconnected: {Reason}.")]
    private static partial void LogDisconnected(ILogger logger, string client, string peer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection from {Peer} was refused: {Reason}.")]
    private static partial void LogRefused(ILogger logger, string peer, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The gateway could not accept a connection.")]
    private static partial void LogNotAccepting(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Calls of clients had not ended after {Patience}; their outcome is unknown to their callers.")]
    private static partial void LogCutOff(ILogger logger, TimeSpan patience);
}
