using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>Writes the frames of calls, in a buffer of the current thread.</summary>
internal static class CallFrames
{
    private const int LongestMessage = 1000;

    [ThreadStatic]
    private static PooledBuffer? t_buffer;

    [ThreadStatic]
    private static ValueWriter? t_values;

    private static ValueWriter Values => t_values ??= new ValueWriter();

    /// <summary>Writes a request.</summary>
    /// <param name="codecs">The codecs.</param>
    /// <param name="limits">The limits of the connection.</param>
    /// <param name="names">The numbers of methods and grain types.</param>
    /// <param name="call">The call.</param>
    /// <param name="id">Its identity; null when no response is expected.</param>
    /// <returns>The frame; valid until this thread writes the next.</returns>
    /// <exception cref="SerializerException">It cannot be written.</exception>
    internal static ReadOnlySpan<byte> Request(CallCodecs codecs, ConnectionLimits limits, SentNames names, GrainCall call, CallId? id)
    {
        var (method, type) = (names.NumberOf(call.Method), names.NumberOf(call.Target.Type));
        var frame = Buffer(limits);
        var start = frame.BeginFrame(FrameKind.Request);
        frame.WriteByte((byte)(
            (id is null ? RequestFlags.OneWay : RequestFlags.None)
            | (call.Context is null ? RequestFlags.None : RequestFlags.HasContext)));
        if (id is { } expected) frame.WriteCallId(expected);
        frame.WriteNumber(method);
        frame.WriteNumber(type);
        frame.WriteBytes(call.Target.Key.AsSpan());
        if (call.Context is { } context)
        {
            var part = frame.BeginPart();
            var writer = JsonCodec.BeginWrite(frame);
            codecs.Context.Write(writer, context);
            writer.Flush();
            frame.EndPart(part);
        }

        Values.WriteArguments(codecs.Values, frame, call);
        frame.EndFrame(start);
        return frame.Written;
    }

    /// <summary>Writes a response.</summary>
    /// <param name="codecs">The codecs.</param>
    /// <param name="limits">The limits of the connection.</param>
    /// <param name="id">The call's identity.</param>
    /// <param name="call">The call; settled.</param>
    /// <returns>The frame; valid until this thread writes the next.</returns>
    internal static ReadOnlySpan<byte> Response(CallCodecs codecs, ConnectionLimits limits, CallId id, GrainCall call)
    {
        if (call.Error is { } error) return Response(codecs, limits, id, error);

        try
        {
            var frame = BeginResponse(limits, id, call.Method.ResultType is null ? Outcome.Done : Outcome.Result, out var start);
            Values.WriteResult(codecs.Values, frame, call);
            frame.EndFrame(start);
            return frame.Written;
        }
        catch (Exception unwritable)
        {
            return Response(codecs, limits, id, unwritable);
        }
    }

    /// <summary>Writes a response with an exception.</summary>
    /// <param name="codecs">The codecs.</param>
    /// <param name="limits">The limits of the connection.</param>
    /// <param name="id">The call's identity.</param>
    /// <param name="error">The exception.</param>
    /// <returns>The frame; valid until this thread writes the next.</returns>
    internal static ReadOnlySpan<byte> Response(CallCodecs codecs, ConnectionLimits limits, CallId id, Exception error)
    {
        var frame = BeginResponse(limits, id, Outcome.Failed, out var start);
        var content = frame.Length;
        try
        {
            codecs.Exceptions.Write(frame, error);
        }
        catch (SerializerException unwritable)
        {
            frame.Truncate(content);
            codecs.Exceptions.Write(frame, new OrleansException($"{error.GetType()}, which cannot be sent ({unwritable.Message}): {Beginning(error.Message)}"));
        }
        catch (Exception broken)
        {
            // Its members throw: nothing of it can be told but what it is.
            frame.Truncate(content);
            codecs.Exceptions.Write(frame, new OrleansException($"{error.GetType()}, which cannot be sent: reading it ended in {broken.GetType()}"));
        }

        frame.EndFrame(start);
        return frame.Written;
    }

    /// <summary>Writes that the caller of a call no longer waits.</summary>
    /// <param name="limits">The limits of the connection.</param>
    /// <param name="id">The call's identity.</param>
    /// <param name="cancelTarget">Whether the method's token is to be cancelled.</param>
    /// <returns>The frame; valid until this thread writes the next.</returns>
    internal static ReadOnlySpan<byte> Abandon(ConnectionLimits limits, CallId id, bool cancelTarget)
    {
        var frame = Buffer(limits);
        var start = frame.BeginFrame(FrameKind.Abandon);
        frame.WriteCallId(id);
        frame.WriteByte(cancelTarget ? (byte)1 : (byte)0);
        frame.EndFrame(start);
        return frame.Written;
    }

    /// <summary>Writes a frame without content.</summary>
    /// <param name="limits">The limits of the connection.</param>
    /// <param name="kind">What it is.</param>
    /// <returns>The frame; valid until this thread writes the next.</returns>
    internal static ReadOnlySpan<byte> Empty(ConnectionLimits limits, FrameKind kind)
    {
        var frame = Buffer(limits);
        frame.EndFrame(frame.BeginFrame(kind));
        return frame.Written;
    }

    private static string Beginning(string message) => message.Length <= LongestMessage ? message : message[..LongestMessage];

    private static PooledBuffer BeginResponse(ConnectionLimits limits, CallId id, Outcome outcome, out int start)
    {
        var frame = Buffer(limits);
        start = frame.BeginFrame(FrameKind.Response);
        frame.WriteCallId(id);
        frame.WriteByte((byte)outcome);
        return frame;
    }

    private static PooledBuffer Buffer(ConnectionLimits limits)
    {
        var buffer = t_buffer ??= new PooledBuffer(limits.MaxSentBytes, nameof(EmbeddedGatewayOptions.MaxFrameBytes));
        buffer.Clear();
        buffer.Limit = limits.MaxSentBytes;
        return buffer;
    }
}
