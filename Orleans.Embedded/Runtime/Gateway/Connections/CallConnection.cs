using System.Buffers;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>
/// An established connection, the same at both ends: a silo receives calls of grains and sends calls of observers, a client the other way
/// round. Whatever the other side sends can end the connection and nothing else.
/// </summary>
internal sealed class CallConnection : IGrainCallChannel, IDisposable
{
    private const int SilentIntervals = 3;

    private readonly ITransportConnection _transport;
    private readonly ICallHost _host;
    private readonly ConnectionLimits _limits;
    private readonly OutboundBuffer _outbound;
    private readonly CallSender _sender;
    private readonly CallReceiver _receiver;
    private readonly ITimer _ping;
    private readonly TaskCompletionSource _farewell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _closeReason;
    private int _silentTicks;
    private volatile bool _isLeaving;
    private bool _isPeerLeaving;

    /// <summary>Takes over a connection whose handshake is done.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="host">The host at this end.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="peer">Who calls over it, as far as the host is concerned, and the calls of his that have not ended.</param>
    /// <param name="logger">The log.</param>
    internal CallConnection(ITransportConnection transport, ICallHost host, ConnectionLimits limits, (GrainId Id, PeerCalls Calls) peer, ILogger logger)
    {
        _transport = transport;
        _host = host;
        _limits = limits;
        _outbound = new OutboundBuffer(transport.Output, host.Scheduler, limits.MaxWaitingBytes, error => Close(error is null ? "the other side has closed it" : error.Message));
        _sender = new CallSender(host, limits, _outbound, Peer, logger);
        _receiver = new CallReceiver(host, limits, _outbound, (Peer, peer.Id, peer.Calls), Close, logger);
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
                // A part of a frame is a sign of life, too: a large one may take long on a slow line.
                if (!result.Buffer.IsEmpty) Volatile.Write(ref _silentTicks, 0);
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

    /// <inheritdoc cref="CallSender.TrySend"/>
    internal bool TrySend(GrainCall call) => _sender.TrySend(call);

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget) => _sender.Abandon(call, cancelTarget);

    /// <summary>Says goodbye: calls of the other side are refused from now on. Waits until the other side has received all that was sent before, and
    /// sends no more calls.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task.</returns>
    internal async Task SayGoodbyeAsync(CancellationToken cancellationToken)
    {
        _isLeaving = true;
        _receiver.RefuseCalls();
        _outbound.TryAdd(CallFrames.Empty(_limits, FrameKind.Goodbye), always: true);
        await _farewell.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Says goodbye, cancels the calls of the other side that can be cancelled, and waits until everything it has sent is answered and the answers are
    /// sent, too.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task.</returns>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await SayGoodbyeAsync(cancellationToken);
        _receiver.CancelCalls();
        await _receiver.WhenIdleAsync().WaitAsync(cancellationToken);
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
        _sender.Close();
        _receiver.Close();
        _farewell.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => Close("this side has closed it");

    private void Handle(FrameKind kind, ReadOnlySequence<byte> content)
    {
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
            case FrameKind.Request: _receiver.OnRequest(content); break;
            case FrameKind.Response: _sender.OnResponse(content); break;
            case FrameKind.Abandon: _receiver.OnAbandon(new FrameContent(content.Span)); break;
            case FrameKind.Method: _receiver.OnMethod(new FrameContent(content.Span)); break;
            case FrameKind.GrainType: _receiver.OnGrainType(new FrameContent(content.Span)); break;
            case FrameKind.Ping: break;
            case FrameKind.Goodbye: OnGoodbye(); break;
            case FrameKind.Farewell: OnFarewell(); break;
            default: throw new ProtocolException($"{kind} after the handshake");
        }
    }

    private void OnGoodbye()
    {
        if (_isPeerLeaving) throw new ProtocolException("a second goodbye");

        _isPeerLeaving = true;
        _outbound.AddLast(CallFrames.Empty(_limits, FrameKind.Farewell));
    }

    private void OnFarewell()
    {
        if (!_isLeaving || !_farewell.TrySetResult()) throw new ProtocolException("a farewell without a goodbye");
    }

    private void OnTick()
    {
        if (Interlocked.Increment(ref _silentTicks) > SilentIntervals) Close($"nothing was received for {SilentIntervals * _limits.PingInterval}");
        else _outbound.TryAdd(CallFrames.Empty(_limits, FrameKind.Ping), always: true);
    }
}
