using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>The calls this side makes over a connection, up to their answers.</summary>
/// <param name="host">The host at this end.</param>
/// <param name="limits">The limits of the connection.</param>
/// <param name="outbound">What is to be sent.</param>
/// <param name="peer">The name of the other side.</param>
/// <param name="logger">The log.</param>
internal sealed partial class CallSender(ICallHost host, ConnectionLimits limits, OutboundBuffer outbound, string peer, ILogger logger)
{
    private readonly SentNames _names = new(outbound);
    private readonly SentCalls _calls = new(limits.MaxCalls);
    private readonly ValueReader _values = new(host.Codecs.Values);

    /// <summary>Sends a call, unless the connection has ended or is about to.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Whether the call was taken over: its outcome is or will be set.</returns>
    internal bool TrySend(GrainCall call)
    {
        CallId? id = null;
        if (!call.Method.IsOneWay)
        {
            var place = _calls.TryAdd(call, out var given);
            if (place == SentCalls.AddResult.Closed) return false;
            if (place == SentCalls.AddResult.Full)
            {
                call.TrySetException(new GatewayTooBusyException($"{call} was not sent: {limits.MaxCalls} calls are under way on the connection to {peer}, which is the limit {nameof(EmbeddedGatewayOptions.MaxCallsPerConnection)}."));
                return true;
            }

            id = given;
        }

        try
        {
            var added = outbound.TryAddRequest(CallFrames.Request(host.Codecs, limits, _names, call, id));
            if (added == OutboundBuffer.RequestResult.Added) return true;
            if (added == OutboundBuffer.RequestResult.Ended) return id is not null && !TakeBack(call);
            Refuse(call, new GatewayTooBusyException($"{call} was not sent: {peer} reads too slowly, more than {limits.MaxWaitingBytes} bytes are waiting for it."));
        }
        catch (SerializerException error)
        {
            Refuse(call, error);
        }

        return true;
    }

    /// <summary>The caller of a call no longer waits.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancelTarget">Whether the method's token is to be cancelled.</param>
    internal void Abandon(GrainCall call, bool cancelTarget)
    {
        if (!_calls.TryDetach(call, out var id)) return;

        // Sent before the place is given to another call: the other side takes that as the end of this one.
        outbound.TryAdd(CallFrames.Abandon(limits, id, cancelTarget), always: true);
        _calls.Release(id);
    }

    /// <summary>Takes the answer to a call.</summary>
    /// <param name="frame">The answer.</param>
    /// <exception cref="ProtocolException">It is none. The call is lost.</exception>
    internal void OnResponse(ReadOnlyMemory<byte> frame)
    {
        var content = new FrameContent(frame.Span);
        var id = content.ReadCallId();
        var outcome = (Outcome)content.ReadByte();
        if (_calls.Take(id) is not { } call) return;

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
        catch
        {
            // Nobody finds it among the calls of the connection any more when that ends.
            call.TrySetException(host.Lost(call));
            throw;
        }
    }

    /// <summary>Sends nothing more. Calls that are under way have an unknown outcome.</summary>
    internal void Close()
    {
        foreach (var call in _calls.Close()) call.TrySetException(host.Lost(call));
    }

    private Exception ReadException(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = host.Codecs.Values.BeginRead(json);
            reader.Read();
            return host.Codecs.Exceptions.Read(ref reader);
        }
        catch (JsonException error)
        {
            throw host.Codecs.Values.Malformed("The call's exception", json, error);
        }
    }

    private bool TakeBack(GrainCall call)
    {
        var isHere = _calls.TryDetach(call, out var id);
        if (isHere) _calls.Release(id);
        return isHere;
    }

    private void Refuse(GrainCall call, Exception error)
    {
        TakeBack(call);
        call.TrySetException(error);
        if (call.Method.IsOneWay) LogNotSent(logger, error, call.Method.DisplayName, call.Target);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The one-way call {Method} on {Target} was not sent.")]
    private static partial void LogNotSent(ILogger logger, Exception error, string method, GrainId target);
}
