using System.Buffers;
using Orleans.Runtime.Gateway;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>A connection whose bytes the test chooses, usually those of a client.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly ITransportConnection _connection;

    private RawClient(ITransportConnection connection) => _connection = connection;

    internal static async Task<RawClient> ConnectAsync(GatewayCluster cluster) =>
        new(await cluster.Transport.ConnectAsync(cluster.EndPoint, CancellationToken.None));

    /// <summary>Connects and does what a client does first.</summary>
    internal static async Task<RawClient> ShakeHandsAsync(GatewayCluster cluster, string name = "raw")
    {
        var client = await ConnectAsync(cluster);
        var (welcome, refusal) = await client.HelloAsync(new Hello { Version = Handshake.Version, ClusterId = "default", ServiceId = "default", Client = name });
        Assert.Null(refusal);
        Assert.NotNull(welcome);
        return client;
    }

    /// <summary>Accepts a client, as a silo does.</summary>
    internal static async Task<RawClient> WelcomeAsync(ITransportListener listener)
    {
        var connection = (await listener.AcceptAsync(CancellationToken.None))!;
        await HandshakeExchange.ReceiveHelloAsync(connection, CancellationToken.None);
        var welcome = new Welcome { MaxFrameBytes = 65536, MaxCalls = 100, PingInterval = TimeSpan.FromMinutes(1) };
        await HandshakeExchange.SendAsync(connection, FrameKind.Welcome, welcome, CancellationToken.None);
        return new RawClient(connection);
    }

    internal async Task<(Welcome? Welcome, Refusal? Refusal)> HelloAsync(Hello hello)
    {
        await HandshakeExchange.SendAsync(_connection, FrameKind.Hello, hello, CancellationToken.None);
        return await HandshakeExchange.ReceiveAnswerAsync(_connection, int.MaxValue, CancellationToken.None);
    }

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _connection.Output.WriteAsync(bytes);

    internal async Task SendAsync(FrameKind kind, Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer(int.MaxValue, "limit");
        var start = buffer.BeginFrame(kind);
        write(buffer);
        buffer.EndFrame(start);
        await SendAsync(buffer.WrittenMemory);
    }

    internal async Task NameAsync(string interfaceName, string methodKey, string grainType)
    {
        await SendAsync(FrameKind.Method, frame =>
        {
            frame.WriteText(interfaceName);
            frame.WriteText(methodKey);
        });
        await SendAsync(FrameKind.GrainType, frame => frame.WriteText(grainType));
    }

    internal Task RequestAsync(CallId id, uint method, uint type, string key, byte[] arguments) => SendAsync(FrameKind.Request, frame =>
    {
        frame.WriteByte((byte)RequestFlags.None);
        frame.WriteCallId(id);
        frame.WriteNumber(method);
        frame.WriteNumber(type);
        frame.WriteText(key);
        frame.Write(arguments);
    });

    internal Task AbandonAsync(CallId id, bool cancelTarget) => SendAsync(FrameKind.Abandon, frame =>
    {
        frame.WriteCallId(id);
        frame.WriteByte(cancelTarget ? (byte)1 : (byte)0);
    });

    /// <summary>Receives the next frame that is not a ping; null when the other side has ended the connection.</summary>
    internal async Task<(FrameKind Kind, byte[] Content)?> ReceiveAsync()
    {
        while (true)
        {
            var read = await _connection.Input.ReadAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            var buffer = read.Buffer;
            if (FrameReading.TryTakeFrame(ref buffer, int.MaxValue, out var kind, out var content))
            {
                var bytes = content.ToArray();
                _connection.Input.AdvanceTo(buffer.Start);
                if (kind != FrameKind.Ping) return (kind, bytes);
            }
            else
            {
                _connection.Input.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted) return null;
            }
        }
    }

    /// <summary>Receives frames up to the first of a kind.</summary>
    internal async Task<byte[]> ReceiveAsync(FrameKind wanted)
    {
        while (true)
        {
            var (kind, content) = (await ReceiveAsync())!.Value;
            if (kind == wanted) return content;
        }
    }

    /// <summary>Receives the response to a call as an exception.</summary>
    internal async Task<Exception> ReceiveFailureAsync(CallId id)
    {
        var (kind, content) = (await ReceiveAsync())!.Value;
        Assert.Equal(FrameKind.Response, kind);
        return Read(content, id);

        static Exception Read(byte[] content, CallId id)
        {
            var frame = new FrameContent(content);
            Assert.Equal(id, frame.ReadCallId());
            Assert.Equal((byte)Outcome.Failed, frame.ReadByte());
            return ReadException(frame.Rest);
        }
    }

    private static Exception ReadException(ReadOnlySpan<byte> content)
    {
        var codec = new JsonCodec(SerializedForm.Wire);
        var reader = codec.BeginRead(content);
        reader.Read();
        return new ExceptionCodec(codec, showStackTraces: false).Read(ref reader);
    }

    /// <summary>Receives the response to a call that is expected to succeed.</summary>
    internal async Task ReceiveDoneAsync(CallId id)
    {
        var (kind, content) = (await ReceiveAsync())!.Value;
        Assert.Equal(FrameKind.Response, kind);
        AssertDone(content, id);

        static void AssertDone(byte[] content, CallId id)
        {
            var frame = new FrameContent(content);
            Assert.Equal(id, frame.ReadCallId());
            Assert.Equal((byte)Outcome.Done, frame.ReadByte());
        }
    }

    /// <summary>Receives the response to a call, whatever else is answered meanwhile; null when it has succeeded.</summary>
    internal async Task<Exception?> ReceiveOutcomeAsync(CallId id)
    {
        while (true)
        {
            var content = await ReceiveAsync(FrameKind.Response);
            if (new FrameContent(content).ReadCallId() == id) return Read(content);
        }

        static Exception? Read(byte[] content)
        {
            var frame = new FrameContent(content);
            frame.ReadCallId();
            return frame.ReadByte() == (byte)Outcome.Failed ? ReadException(frame.Rest) : null;
        }
    }

    /// <summary>Waits until the other side has ended the connection.</summary>
    internal async Task EndAsync()
    {
        try
        {
            while (await ReceiveAsync() is not null)
            {
            }
        }
        catch (IOException)
        {
            // Reset, because something that was sent was not read.
        }
    }

    public void Dispose() => _connection.Dispose();
}
