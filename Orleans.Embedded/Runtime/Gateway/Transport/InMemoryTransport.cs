using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>Connections within the process, for tests and simulation. What is read and written continues on the host's scheduler.</summary>
/// <param name="scheduler">The scheduler.</param>
internal sealed class InMemoryTransport(IWorkScheduler scheduler) : ITransport
{
    private const int FirstFreePort = 49152;

    private readonly ConcurrentDictionary<IPEndPoint, Listener> _listeners = new();
    private int _ports = FirstFreePort;

    /// <inheritdoc/>
    public ITransportListener Listen(IPEndPoint endPoint)
    {
        var address = endPoint.Port == 0 ? new IPEndPoint(endPoint.Address, Interlocked.Increment(ref _ports)) : endPoint;
        var listener = new Listener(this, address);
        return _listeners.TryAdd(address, listener) ? listener : throw new IOException($"Somebody listens on {address} already.");
    }

    /// <inheritdoc/>
    public ValueTask<ITransportConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (!_listeners.TryGetValue(endPoint, out var listener)) throw new IOException($"Nobody listens on {endPoint}.");

        var work = new WorkPipeScheduler(scheduler);
        var options = new PipeOptions(readerScheduler: work, writerScheduler: work, useSynchronizationContext: false);
        var (there, back) = (new Pipe(options), new Pipe(options));
        if (!listener.TryAdd(new Connection("client", there.Reader, back.Writer))) throw new IOException($"Nobody listens on {endPoint} any more.");
        return ValueTask.FromResult<ITransportConnection>(new Connection(endPoint.ToString(), back.Reader, there.Writer));
    }

    private sealed class Listener(InMemoryTransport transport, IPEndPoint endPoint) : ITransportListener
    {
        private readonly Channel<ITransportConnection> _waiting = Channel.CreateUnbounded<ITransportConnection>();

        public IPEndPoint EndPoint => endPoint;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken) =>
            await _waiting.Reader.WaitToReadAsync(cancellationToken) && _waiting.Reader.TryRead(out var connection) ? connection : null;

        public void Dispose()
        {
            transport._listeners.TryRemove(new KeyValuePair<IPEndPoint, Listener>(endPoint, this));
            _waiting.Writer.TryComplete();
        }

        internal bool TryAdd(ITransportConnection connection) => _waiting.Writer.TryWrite(connection);
    }

    private sealed class Connection(string peer, PipeReader input, PipeWriter output) : ITransportConnection
    {
        private int _disposed;

        public string Peer => peer;

        public PipeReader Input => input;

        public PipeWriter Output => output;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0) return;

            // The other side reads to the end; whoever reads or writes here stops.
            output.Complete();
            input.CancelPendingRead();
            output.CancelPendingFlush();
        }
    }

    private sealed class WorkPipeScheduler(IWorkScheduler scheduler) : PipeScheduler
    {
        public override void Schedule(Action<object?> action, object? state) => scheduler.Schedule(new Work(action, state));

        private sealed class Work(Action<object?> action, object? state) : IThreadPoolWorkItem
        {
            public void Execute() => action(state);
        }
    }
}
