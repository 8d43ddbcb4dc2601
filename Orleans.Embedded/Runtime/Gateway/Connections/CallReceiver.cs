using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>The calls the other side makes over a connection, up to their answers.</summary>
/// <param name="host">The host at this end.</param>
/// <param name="limits">The limits of the connection.</param>
/// <param name="outbound">What is to be sent.</param>
/// <param name="peer">The other side: its name, who calls as far as the host is concerned, and its calls that have not ended.</param>
/// <param name="close">Ends the connection, with the reason.</param>
/// <param name="logger">The log.</param>
internal sealed partial class CallReceiver(
    ICallHost host, ConnectionLimits limits, OutboundBuffer outbound, (string Name, GrainId Id, PeerCalls Calls) peer, Action<string> close, ILogger logger)
{
    private readonly ReceivedNames _names = new(host);
    private readonly ReceivedCalls _calls = new(limits.MaxCalls);
    private readonly ValueReader _values = new(host.Codecs.Values);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private volatile bool _refusesCalls;
    private volatile bool _cancelsCalls;
    private volatile bool _isAwaited;

    /// <summary>Learns a name.</summary>
    /// <param name="frame">The name.</param>
    internal void OnMethod(FrameContent frame) => _names.AddMethod(frame);

    /// <inheritdoc cref="OnMethod"/>
    internal void OnGrainType(FrameContent frame) => _names.AddType(frame);

    /// <summary>Takes a call.</summary>
    /// <param name="frame">The call.</param>
    /// <exception cref="ProtocolException">It is none.</exception>
    internal void OnRequest(ReadOnlyMemory<byte> frame)
    {
        var content = new FrameContent(frame.Span);
        var flags = (RequestFlags)content.ReadByte();
        CallId? id = flags.HasFlag(RequestFlags.OneWay) ? null : content.ReadCallId();
        var (method, name) = _names.Method(content.ReadNumber());
        var target = new GrainId(_names.Type(content.ReadNumber()), new IdSpan(content.ReadBytes().ToArray()));
        var context = flags.HasFlag(RequestFlags.HasContext) ? content.ReadPart() : default;

        if (method is null) Refuse(id, new OrleansMessageRejectionException($"{name} on {target} was refused: there is no such method to be called from outside."));
        else if (host.WhyNot(target, method) is { } reason) Refuse(id, new OrleansMessageRejectionException($"{method.DisplayName} on {target} was refused: {reason}."));
        else if (_refusesCalls) Refuse(id, new SiloUnavailableException($"{method.DisplayName} on {target} was refused: its host is stopping. It has not run."));
        else if (WhyTooMany(frame.Length) is { } excess) Refuse(id, new GatewayTooBusyException($"{method.DisplayName} on {target} was refused: {excess}."));
        else Accept(new Received(this, id, frame.Length), method, target, context, frame[(frame.Length - content.Rest.Length)..]);
    }

    /// <summary>The caller of a call no longer waits.</summary>
    /// <param name="content">Which.</param>
    internal void OnAbandon(FrameContent content)
    {
        var id = content.ReadCallId();
        var cancelTarget = content.ReadByte() != 0;
        if (_calls.Take(id) is not { } call) return;

        var received = (Received)call.Sink!;
        if (received.TryEnd())
        {
            peer.Calls.Abandon(call, received.Bytes);
            OnEnded();
        }

        call.TrySetException(new OperationCanceledException("The caller no longer waits."));
        host.Target.Abandon(call, cancelTarget);
    }

    /// <summary>Refuses further calls.</summary>
    internal void RefuseCalls() => _refusesCalls = true;

    /// <summary>Cancels the calls that were accepted and can be cancelled, so that nobody need wait for them. One that then ends as cancelled is answered by a
    /// failure that says so; whatever else a method makes of it reaches the caller as ever.</summary>
    internal void CancelCalls()
    {
        _cancelsCalls = true;
        foreach (var call in _calls.All()) call.CancelRunning();
    }

    /// <summary>Waits until the calls that were accepted have ended.</summary>
    /// <returns>A task.</returns>
    internal Task WhenIdleAsync()
    {
        // Counts as a call itself until the last of them can see that somebody waits.
        Interlocked.Increment(ref _running);
        _isAwaited = true;
        OnEnded();
        return _idle.Task;
    }

    /// <summary>The connection has ended: nobody waits for answers.</summary>
    internal void Close()
    {
        CancelCalls();
        _idle.TrySetResult();
    }

    private string? WhyTooMany(int bytes)
    {
        var (calls, callBytes) = peer.Calls.Count();
        if (calls >= 2 * limits.MaxCalls) return $"{calls} calls of {peer.Name} have not ended";
        return callBytes + bytes > limits.MaxCallBytes
            ? $"it has {bytes} bytes, calls of {peer.Name} that have not ended have {callBytes}, and the limit is {nameof(EmbeddedGatewayOptions.MaxCallBytesPerConnection)} = {limits.MaxCallBytes}"
            : null;
    }

    private void Accept(Received received, GrainMethod method, GrainId target, ReadOnlySpan<byte> context, ReadOnlyMemory<byte> arguments)
    {
        var call = method.CreateCall();
        call.Target = target;
        call.Source = peer.Id;
        call.Home = host.Scheduler;

        // Whether or not its caller can: this side cancels, too, when it ends.
        call.CanBeCancelled = method.IsCancellable;
        try
        {
            if (!context.IsEmpty) call.Context = ReadContext(context);
            _values.ReadArguments(arguments, call);
        }
        catch (SerializerException error)
        {
            Refuse(received.Id, error);
            return;
        }

        call.Sink = received;
        if (received.Id is { } expected) _calls.Add(expected, call);

        // Not before it is certain that it is sent: only calls that are sent end.
        Interlocked.Increment(ref _running);
        peer.Calls.Begin(received.Bytes);
        host.Target.Send(call);

        // The connection may have been closed in the meantime, by another thread.
        if (_cancelsCalls) call.CancelRunning();
    }

    private Dictionary<string, object> ReadContext(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = host.Codecs.Values.BeginRead(json);
            reader.Read();
            return host.Codecs.Context.Read(ref reader);
        }
        catch (JsonException error)
        {
            throw host.Codecs.Values.Malformed("The request context", json, error);
        }
    }

    private void Refuse(CallId? id, Exception error)
    {
        if (id is { } expected) Answer(CallFrames.Response(host.Codecs, limits, expected, error));
        else LogOneWayRefused(logger, error, peer.Name);
    }

    private void OnCompleted(Received received, GrainCall call)
    {
        // Who has the answer may send as much again. One whose caller has given it up is not counted here any more.
        var isCounted = received.TryEnd();
        if (isCounted) peer.Calls.End(received.Bytes);
        if (received.Id is { } expected && _calls.Take(expected) is not null) Answer(ResponseTo(call, expected));
        if (isCounted) OnEnded();
    }

    // The caller has cancelled nothing, so it is not told that.
    private ReadOnlySpan<byte> ResponseTo(GrainCall call, CallId id) => _cancelsCalls && call is { CanBeCancelled: true, Error: OperationCanceledException }
        ? CallFrames.Response(host.Codecs, limits, id, new SiloUnavailableException($"{call} was cancelled because its host is stopping. It may have run: its outcome is unknown."))
        : CallFrames.Response(host.Codecs, limits, id, call);

    // An answer is never left out: its caller would wait for it until the timeout.
    private void Answer(ReadOnlySpan<byte> frame)
    {
        if (!outbound.TryAdd(frame)) close($"more than {limits.MaxWaitingBytes} bytes are waiting to be read by the other side");
    }

    private void OnEnded()
    {
        if (Interlocked.Decrement(ref _running) == 0 && _isAwaited) _idle.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A one-way call from {Peer} was refused.")]
    private static partial void LogOneWayRefused(ILogger logger, Exception error, string peer);

    private sealed class Received(CallReceiver receiver, CallId? id, int bytes) : IGrainCallSink
    {
        private int _ended;

        internal CallId? Id => id;

        internal int Bytes => bytes;

        internal bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

        public void OnCompleted(GrainCall call) => receiver.OnCompleted(this, call);
    }
}
