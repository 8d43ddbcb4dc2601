using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Messaging;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>
/// Keeps a client connected. Calls go over the connection there is; while there is none they wait for the next, up to their timeout. Calls
/// that were under way when a connection ended fail: whether they ran is unknown, so they are never sent again.
/// </summary>
internal sealed partial class GatewayClient : IGrainCallChannel, IHostedService, IDisposable
{
    private readonly EmbeddedClientOptions _options;
    private readonly GatewayConnector _connector;
    private readonly SiloGrainTypes _types;
    private readonly ObserverTable _observers;
    private readonly ReconnectDelays _delays;
    private readonly TimeProvider _clock;
    private readonly IWorkScheduler _scheduler;
    private readonly IClientConnectionRetryFilter? _retryFilter;
    private readonly IEnumerable<IClusterConnectionStatusObserver> _statusObservers;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly WaitingCalls _waiting;
    private readonly CancellationTokenSource _stopping = new();
    private CallConnection? _connection;
    private volatile bool _isStopping;
    private Task _running = Task.CompletedTask;

    /// <summary>Initializes a client that is not connected.</summary>
    /// <param name="parts">What it is made of.</param>
    internal GatewayClient(GatewayClientParts parts)
    {
        _options = parts.Options;
        _connector = parts.Connector;
        _types = parts.Types;
        _observers = parts.Observers;
        _delays = new ReconnectDelays(parts.Options, parts.Random);
        _clock = parts.Clock;
        _scheduler = parts.Scheduler;
        _retryFilter = parts.RetryFilter;
        _statusObservers = parts.StatusObservers;
        _logger = parts.Logger;
        _waiting = new WaitingCalls(parts.Options.MaxWaitingCalls, parts.Timeouts, parts.Logger);
    }

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (IsOwnObserver(call.Target))
        {
            _observers.Send(call);
            return;
        }

        while (true)
        {
            var connection = _isStopping ? null : Volatile.Read(ref _connection);
            if (connection?.TrySend(call) == true) return;

            lock (_gate)
            {
                // Connected in the meantime, perhaps.
                if (!_isStopping && _connection is not null && _connection != connection) continue;
                if (!_isStopping && _waiting.TryAdd(call, this)) return;
            }

            if (_isStopping) FailStopped(call);
            else Fail(call, $"there is no connection, and {nameof(_options.MaxWaitingCalls)} = {_options.MaxWaitingCalls} calls wait for one", message => new GatewayTooBusyException(message));
            return;
        }
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget)
    {
        if (IsOwnObserver(call.Target))
        {
            _observers.Abandon(call, cancelTarget);
            return;
        }

        // A call that waits for a connection is settled, so it is not sent any more. Only there has a one-way call a timeout.
        Volatile.Read(ref _connection)?.Abandon(call, cancelTarget);
        if (call.Method.IsOneWay) _waiting.OnLost(call, "there was no connection within its timeout");
        lock (_gate) _waiting.Forget();
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var turns = new ServiceTurns(_scheduler);
        var first = new TaskCompletionSource<CallConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = turns.RunAsync(async () =>
        {
            try
            {
                first.SetResult(await ConnectFirstAsync(cancellationToken));
            }
            catch (Exception error)
            {
                first.SetException(error);
            }
        });
        var connection = await first.Task;
        _running = turns.RunAsync(() => RunAsync(connection));
    }

    /// <summary>Accepts no more calls, and waits until those that were made have reached the silo.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        EndWaiting();
        if (Volatile.Read(ref _connection) is { } connection) await SayGoodbyeAsync(connection, cancellationToken);
        Dispose();
        await _running;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndWaiting();
        if (_stopping.IsCancellationRequested) return;

        _stopping.Cancel();
        Volatile.Read(ref _connection)?.Close("the client is stopping");
    }

    private void EndWaiting()
    {
        IReadOnlyList<GrainCall> waiting;
        lock (_gate)
        {
            _isStopping = true;
            waiting = _waiting.TakeAll();
        }

        foreach (var call in waiting) FailStopped(call);
        _waiting.ReportLost();
    }

    private void FailStopped(GrainCall call) => Fail(call, "the client has ended", message => new SiloUnavailableException(message));

    private void Fail(GrainCall call, string reason, Func<string, Exception> error)
    {
        call.TrySetException(error($"{call} was not sent: {reason}."));
        if (call.Method.IsOneWay) _waiting.OnLost(call, reason);
    }

    private async Task SayGoodbyeAsync(CallConnection connection, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.StopTimeout, _clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await connection.SayGoodbyeAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            LogNotConfirmed(_logger, connection.Peer, _options.StopTimeout);
        }
    }

    private bool IsOwnObserver(GrainId target) => target.Type == ObserverTable.ClientType && ObserverTable.ClientOf(target) == _observers.Client;

    private async Task<CallConnection> ConnectFirstAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.StartTimeout, _clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, _stopping.Token);
        Exception? last = null;
        try
        {
            while (true)
            {
                try
                {
                    return await ConnectAsync(patience.Token);
                }
                catch (Exception error) when (error is ConnectionFailedException || (_retryFilter is not null && !patience.IsCancellationRequested))
                {
                    LogNotConnected(_logger, error.Message);
                    last = error;
                    if (_retryFilter is null) await Task.Delay(_delays.Next(), _clock, patience.Token);
                    else if (!await _retryFilter.ShouldRetryConnectionAttempt(error, patience.Token)) throw;
                }
            }
        }
        catch (OperationCanceledException cancelled) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionFailedException(
                $"No gateway could be reached within {nameof(_options.StartTimeout)} = {_options.StartTimeout}. {last?.Message}".TrimEnd(), last ?? cancelled);
        }
    }

    private async Task RunAsync(CallConnection? connection)
    {
        while (!_stopping.IsCancellationRequested)
        {
            if (connection is not null)
            {
                var reason = await connection.RunAsync();
                Disconnected(connection, reason);
                connection = null;
            }

            try
            {
                if (await DelayAsync(_stopping.Token)) connection = await ConnectAsync(_stopping.Token);
            }
            catch (Exception error)
            {
                // A client that stops wants no connection: whatever kept it from one says nothing to anybody.
                if (!_stopping.IsCancellationRequested) LogNotConnected(_logger, error.Message);
            }
        }
    }

    private async Task<CallConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var (connection, welcome) = await _connector.ConnectAsync(cancellationToken);
        _types.Learn(welcome);
        _delays.Reset();
        LogConnected(_logger, connection.Peer);
        IReadOnlyList<GrainCall> waiting;
        lock (_gate)
        {
            Volatile.Write(ref _connection, connection);
            waiting = _waiting.TakeAll();
        }

        if (_stopping.IsCancellationRequested) connection.Close("the client is stopping");
        foreach (var call in waiting) Send(call);
        _waiting.ReportLost();
        foreach (var observer in _statusObservers) Tell(() => observer.NotifyGatewayCountChanged(1, 0, connectionRecovered: true));
        return connection;
    }

    private void Disconnected(CallConnection connection, string reason)
    {
        Interlocked.CompareExchange(ref _connection, null, connection);
        if (_isStopping) return;

        LogDisconnected(_logger, connection.Peer, reason);
        foreach (var observer in _statusObservers)
        {
            Tell(() => observer.NotifyGatewayCountChanged(0, 1, connectionRecovered: false));
            Tell(observer.NotifyClusterConnectionLost);
        }
    }

    private void Tell(Action notify)
    {
        try
        {
            notify();
        }
        catch (Exception error)
        {
            LogObserverFailed(_logger, error);
        }
    }

    private async Task<bool> DelayAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(_delays.Next(), _clock, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the silo at {Peer}.")]
    private static partial void LogConnected(ILogger logger, string peer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to the silo at {Peer} has ended: {Reason}. Trying again.")]
    private static partial void LogDisconnected(ILogger logger, string peer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo at {Peer} has not confirmed within {Patience} that it received everything: calls made last may not reach it.")]
    private static partial void LogNotConfirmed(ILogger logger, string peer, TimeSpan patience);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not connected: {Reason}")]
    private static partial void LogNotConnected(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "An observer of the connection's status failed.")]
    private static partial void LogObserverFailed(ILogger logger, Exception error);
}
