using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>
/// An established connection, the same at both ends: a silo receives calls of grains and sends calls of observers, a client the other way
/// round. Whatever the other side sends can end the connection and nothing else.
/// </summary>
internal sealed partial class CallConnection : IGrainCallChannel, IDisposable
{
    private const int SilentIntervals = 3;

    private readonly ITransportConnection _transport;
    private readonly ICallHost _host;
    private readonly ConnectionLimits _limits;
    private readonly ILogger _logger;
    private readonly GrainId _source;
    private readonly OutboundBuffer _outbound;
    private readonly SentNames _sentNames;
    private readonly SentCalls _sent;
    private readonly ReceivedNames _receivedNames;
    private readonly ReceivedCalls _received;
    private readonly ValueReader _values;
    private readonly ITimer _ping;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _closeReason;
    private int _running;
    private int _silentTicks;
    private volatile bool _isLeaving;
    private bool _isFarewellReceived;

    /// <summary>Takes over a connection whose handshake is done.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="host">The host at this end.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="source">Who calls over it, as far as the host is concerned.</param>
    /// <param name="logger">The log.</param>
    internal CallConnection(ITransportConnection transport, ICallHost host, ConnectionLimits limits, GrainId source, ILogger logger)
    {
        _transport = transport;
        _host = host;
        _limits = limits;
        _source = source;
        _logger = logger;
        _outbound = new OutboundBuffer(transport.Output, host.Scheduler, limits.MaxWaitingBytes, error => Close(error is null ? "the other side has closed it" : error.Message));
        _sentNames = new SentNames(_outbound);
        _sent = new SentCalls(limits.MaxCalls);
        _receivedNames = new ReceivedNames(host);
        _received = new ReceivedCalls(limits.MaxCalls);
        _values = new ValueReader(host.Codecs.Values);
        _ping = host.Clock.CreateTimer(static self => ((CallConnection)self!).OnTick(), this, limits.PingInterval, limits.PingInterval);
    }

    /// <summary>Gets the name of the other side.</summary>
    internal string Peer => _transport.Peer;

    /// <summary>Gets a value indicating whether the connection has ended.</summary>
    internal bool IsClosed => Volatile.Read(ref _closeReason) is not null;

    /// <summary>Receives until the connection ends.</summary>
    /// <returns>Why it ended.</returns>
    internal async Task<string> RunAsync()
    {
        try
        {
            while (true)
            {
                var result = await _transport.Input.ReadAsync();
                var buffer = result.Buffer;
                while (!IsClosed && FrameReading.TryTakeFrame(ref buffer, _limits.MaxReceivedBytes, out var kind, out var content)) Handle(kind, content);
                _transport.Input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted || result.IsCanceled || IsClosed) break;
            }

            Close("the other side has closed it");
        }
        catch (ProtocolException error)
        {
            Close($"protocol error: {error.Message}");
        }
        catch (Exception error)
        {
            Close(error.Message);
        }

        await _transport.Input.CompleteAsync();
        return _closeReason!;
    }

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (!TrySend(call)) call.TrySetException(_host.Lost(call));
    }

    /// <summary>Sends a call, unless the connection has ended or is about to.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Whether the call was taken over: its outcome is or will be set.</returns>
    internal bool TrySend(GrainCall call)
    {
        CallId? id = null;
        if (!call.Method.IsOneWay)
        {
            var place = _sent.TryAdd(call, out var given);
            if (place == SentCalls.AddResult.Closed) return false;
            if (place == SentCalls.AddResult.Full)
            {
                call.TrySetException(new GatewayTooBusyException($"{call} was not sent: {_limits.MaxCalls} calls are under way on the connection to {Peer}, which is the limit {nameof(EmbeddedGatewayOptions.MaxCallsPerConnection)}."));
                return true;
            }

            id = given;
        }

        try
        {
            var added = _outbound.TryAddRequest(CallFrames.Request(_host.Codecs, _limits, _sentNames, call, id));
            if (added == OutboundBuffer.RequestResult.Added) return true;
            if (added == OutboundBuffer.RequestResult.Ended) return id is not null && !TakeBack(call);
            Refuse(call, new GatewayTooBusyException($"{call} was not sent: {Peer} reads too slowly, more than {_limits.MaxWaitingBytes} bytes are waiting for it."));
        }
        catch (SerializerException error)
        {
            Refuse(call, error);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget)
    {
        if (!_sent.TryDetach(call, out var id)) return;

        // Sent before the place is given to another call: the other side takes that as the end of this one.
        _outbound.TryAdd(CallFrames.Abandon(_limits, id, cancelTarget), always: true);
        _sent.Release(id);
    }

    /// <summary>Says goodbye. Waits until the other side sends no more calls, and all it has sent are answered and the answers sent.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task.</returns>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        // The farewell counts as a call that is under way.
        Interlocked.Increment(ref _running);
        _isLeaving = true;
        _outbound.TryAdd(CallFrames.Empty(_limits, FrameKind.Goodbye), always: true);
        await _idle.Task.WaitAsync(cancellationToken);
        await _outbound.DrainAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Ends the connection. Calls that are under way have an unknown outcome.</summary>
    /// <param name="reason">Why.</param>
    internal void Close(string reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null) return;

        _ping.Dispose();
        _outbound.Dispose();
        _transport.Dispose();
        foreach (var call in _sent.Close()) call.TrySetException(_host.Lost(call));
        _idle.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => Close("this side has closed it");

    private void Handle(FrameKind kind, ReadOnlySequence<byte> content)
    {
        Volatile.Write(ref _silentTicks, 0);
        if (content.IsSingleSegment)
        {
            Handle(kind, content.First);
            return;
        }

        var length = (int)content.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        content.CopyTo(copy);
        Handle(kind, copy.AsMemory(0, length));
        ArrayPool<byte>.Shared.Return(copy);
    }

    private void Handle(FrameKind kind, ReadOnlyMemory<byte> content)
    {
        switch (kind)
        {
            case FrameKind.Request: OnRequest(content); break;
            case FrameKind.Response: OnResponse(content); break;
            case FrameKind.Abandon: OnAbandon(new FrameContent(content.Span)); break;
            case FrameKind.Method: _receivedNames.AddMethod(new FrameContent(content.Span)); break;
            case FrameKind.GrainType: _receivedNames.AddType(new FrameContent(content.Span)); break;
            case FrameKind.Ping: break;
            case FrameKind.Goodbye: _outbound.AddLast(CallFrames.Empty(_limits, FrameKind.Farewell)); break;
            case FrameKind.Farewell: OnFarewell(); break;
            default: throw new ProtocolException($"{kind} after the handshake");
        }
    }

    private void OnRequest(ReadOnlyMemory<byte> frame)
    {
        var content = new FrameContent(frame.Span);
        var flags = (RequestFlags)content.ReadByte();
        CallId? id = flags.HasFlag(RequestFlags.OneWay) ? null : content.ReadCallId();
        var (method, name) = _receivedNames.Method(content.ReadNumber());
        var target = new GrainId(_receivedNames.Type(content.ReadNumber()), new IdSpan(content.ReadBytes().ToArray()));
        var context = flags.HasFlag(RequestFlags.HasContext) ? content.ReadPart() : default;

        if (method is null) Answer(id, new OrleansMessageRejectionException($"{name} on {target} was refused: there is no such method to be called from outside."));
        else if (_host.WhyNot(target, method) is { } reason) Answer(id, new OrleansMessageRejectionException($"{method.DisplayName} on {target} was refused: {reason}."));
        else if (_isLeaving) Answer(id, new SiloUnavailableException($"{method.DisplayName} on {target} was refused: the silo is stopping. It has not run."));
        else if (Volatile.Read(ref _running) >= 2 * _limits.MaxCalls) Answer(id, new GatewayTooBusyException($"{method.DisplayName} on {target} was refused: {_running} calls of this client have not ended."));
        else Accept(id, method, target, context, frame[(frame.Length - content.Rest.Length)..], flags);
    }

    private void Accept(CallId? id, GrainMethod method, GrainId target, ReadOnlySpan<byte> context, ReadOnlyMemory<byte> arguments, RequestFlags flags)
    {
        var call = method.CreateCall();
        call.Target = target;
        call.Source = _source;
        call.Home = _host.Scheduler;
        call.CanBeCancelled = flags.HasFlag(RequestFlags.Cancellable);
        try
        {
            if (!context.IsEmpty) call.Context = ReadContext(context);
            _values.ReadArguments(arguments, call);
        }
        catch (SerializerException error)
        {
            Answer(id, error);
            return;
        }

        Interlocked.Increment(ref _running);
        call.Sink = new Received(this, id);
        if (id is { } expected) _received.Add(expected, call);
        _host.Target.Send(call);
    }

    private Dictionary<string, object> ReadContext(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = _host.Codecs.Values.BeginRead(json);
            reader.Read();
            return _host.Codecs.Context.Read(ref reader);
        }
        catch (JsonException error)
        {
            throw _host.Codecs.Values.Malformed("The request context", json, error);
        }
    }

    private void OnResponse(ReadOnlyMemory<byte> frame)
    {
        var content = new FrameContent(frame.Span);
        var id = content.ReadCallId();
        var outcome = (Outcome)content.ReadByte();
        if (_sent.Take(id) is not { } call) return;

        try
        {
            switch (outcome)
            {
                case Outcome.Done: call.TrySetBoxedResult(null); break;
                case Outcome.Result: _values.ReadResult(frame[(frame.Length - content.Rest.Length)..], call); break;
                case Outcome.Failed: call.TrySetException(ReadException(content.Rest)); break;
                default: throw new ProtocolException($"{(byte)outcome} is no outcome");
            }
        }
        catch (SerializerException error)
        {
            call.TrySetException(error);
        }
    }

    private Exception ReadException(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = _host.Codecs.Values.BeginRead(json);
            reader.Read();
            return _host.Codecs.Exceptions.Read(ref reader);
        }
        catch (JsonException error)
        {
            throw _host.Codecs.Values.Malformed("The call's exception", json, error);
        }
    }

    private void OnAbandon(FrameContent content)
    {
        var id = content.ReadCallId();
        var cancelTarget = content.ReadByte() != 0;
        if (_received.Take(id) is not { } call) return;

        call.TrySetException(new OperationCanceledException("The caller no longer waits."));
        _host.Target.Abandon(call, cancelTarget);
    }

    private bool TakeBack(GrainCall call)
    {
        var isHere = _sent.TryDetach(call, out var id);
        if (isHere) _sent.Release(id);
        return isHere;
    }

    private void Refuse(GrainCall call, Exception error)
    {
        TakeBack(call);
        call.TrySetException(error);
        if (call.Method.IsOneWay) LogNotSent(_logger, error, call.Method.DisplayName, call.Target);
    }

    private void Answer(CallId? id, Exception error)
    {
        if (id is { } expected) _outbound.TryAdd(CallFrames.Response(_host.Codecs, _limits, expected, error));
        else LogOneWayRefused(_logger, error, Peer);
    }

    private void OnCompleted(CallId? id, GrainCall call)
    {
        if (id is { } expected && _received.Take(expected) is not null && !_outbound.TryAdd(CallFrames.Response(_host.Codecs, _limits, expected, call)))
            Close($"more than {_limits.MaxWaitingBytes} bytes are waiting to be read by the other side");
        OnAnswered();
    }

    private void OnAnswered()
    {
        if (Interlocked.Decrement(ref _running) == 0 && _isLeaving) _idle.TrySetResult();
    }

    private void OnFarewell()
    {
        if (!_isLeaving || _isFarewellReceived) throw new ProtocolException("a farewell without a goodbye");

        _isFarewellReceived = true;
        OnAnswered();
    }

    private void OnTick()
    {
        if (Interlocked.Increment(ref _silentTicks) > SilentIntervals) Close($"nothing was received for {SilentIntervals * _limits.PingInterval}");
        else _outbound.TryAdd(CallFrames.Empty(_limits, FrameKind.Ping), always: true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The one-way call {Method} on {Target} was not sent.")]
    private static partial void LogNotSent(ILogger logger, Exception error, string method, GrainId target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A one-way call from {Peer} was refused.")]
    private static partial void LogOneWayRefused(ILogger logger, Exception error, string peer);

    private sealed class Received(CallConnection connection, CallId? id) : IGrainCallSink
    {
        public void OnCompleted(GrainCall call) => connection.OnCompleted(id, call);
    }
}
