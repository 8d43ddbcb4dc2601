using System.Buffers;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Runtime.Gateway;

/// <summary>Sends and receives the frames of the handshake.</summary>
internal static class HandshakeExchange
{
    private static readonly JsonCodec s_codec = new(SerializedForm.Wire);

    /// <summary>Sends a frame.</summary>
    /// <typeparam name="T">The type of its content.</typeparam>
    /// <param name="transport">The connection.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="content">Its content.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task.</returns>
    internal static async Task SendAsync<T>(ITransportConnection transport, FrameKind kind, T content, CancellationToken cancellationToken)
    {
        using var frame = new PooledBuffer(int.MaxValue, "the handshake");
        if (kind == FrameKind.Hello) frame.Write(Handshake.Preface);
        var start = frame.BeginFrame(kind);
        s_codec.Serialize(frame, content);
        frame.EndFrame(start);
        await transport.Output.WriteAsync(frame.WrittenMemory, cancellationToken);
    }

    /// <summary>Receives the client's first frame.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What the client says.</returns>
    /// <exception cref="ProtocolException">It is something else.</exception>
    internal static async Task<Hello> ReceiveHelloAsync(ITransportConnection transport, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await transport.Input.ReadAsync(cancellationToken);
            var isPreface = IsPreface(read.Buffer);
            if (isPreface is null)
            {
                transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled) throw new ProtocolException("it ended before it said anything");
                continue;
            }

            if (isPreface == false) throw new ProtocolException("it does not begin as a client does");

            transport.Input.AdvanceTo(read.Buffer.GetPosition(Handshake.Preface.Length));
            var (kind, content) = await ReceiveAsync(transport, Handshake.MaxHelloBytes, cancellationToken);
            return kind == FrameKind.Hello ? Read<Hello>(content) : throw new ProtocolException($"{kind} instead of {FrameKind.Hello}");
        }
    }

    /// <summary>Receives the silo's answer.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="maxBytes">The largest answer that is accepted.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The answer: one of the two.</returns>
    /// <exception cref="ProtocolException">It is something else.</exception>
    internal static async Task<(Welcome? Welcome, Refusal? Refusal)> ReceiveAnswerAsync(ITransportConnection transport, int maxBytes, CancellationToken cancellationToken)
    {
        var (kind, content) = await ReceiveAsync(transport, maxBytes, cancellationToken);
        return kind switch
        {
            FrameKind.Welcome => (Read<Welcome>(content), null),
            FrameKind.Refusal => (null, Read<Refusal>(content)),
            _ => throw new ProtocolException($"{kind} instead of {FrameKind.Welcome}"),
        };
    }

    private static bool? IsPreface(ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[Handshake.Preface.Length];
        var length = (int)Math.Min(buffer.Length, start.Length);
        buffer.Slice(0, length).CopyTo(start);
        if (!start[..length].SequenceEqual(Handshake.Preface[..length])) return false;
        return length == start.Length ? true : null;
    }

    private static async Task<(FrameKind Kind, byte[] Content)> ReceiveAsync(ITransportConnection transport, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await transport.Input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (FrameReading.TryTakeFrame(ref buffer, maxBytes, out var kind, out var content))
            {
                var bytes = content.ToArray();
                transport.Input.AdvanceTo(buffer.Start);
                return (kind, bytes);
            }

            transport.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted || read.IsCanceled) throw new ProtocolException("it ended within the handshake");
        }
    }

    private static T Read<T>(byte[] content)
        where T : class
    {
        try
        {
            return s_codec.Deserialize<T>(content) ?? throw new ProtocolException($"an empty {typeof(T).Name}");
        }
        catch (SerializerException error)
        {
            throw new ProtocolException(error.Message);
        }
    }
}
