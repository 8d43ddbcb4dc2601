using System.IO.Pipelines;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Gateway;
using Orleans.Runtime.Scheduling;

namespace Orleans.Embedded.Tests.Gateway;

public sealed class ConnectionPartTests
{
    [Fact]
    public void Places_of_answered_calls_are_used_again_and_late_answers_are_told_apart()
    {
        var calls = new SentCalls(capacity: 2);
        var (first, second) = (Call(), Call());
        Assert.Equal(SentCalls.AddResult.Added, calls.TryAdd(first, out var one));
        Assert.Equal(SentCalls.AddResult.Added, calls.TryAdd(second, out var two));
        Assert.Equal(SentCalls.AddResult.Full, calls.TryAdd(Call(), out _));

        Assert.Same(first, calls.Take(one));
        Assert.Null(calls.Take(one));
        Assert.Equal(SentCalls.AddResult.Added, calls.TryAdd(Call(), out var three));
        Assert.Equal(one.Place, three.Place);
        Assert.Null(calls.Take(one));
        Assert.Same(second, calls.Take(two));
        Assert.Null(calls.Take(new CallId(99, 1)));
    }

    [Fact]
    public void The_place_of_an_abandoned_call_is_free_once_it_is_released()
    {
        var calls = new SentCalls(capacity: 1);
        var call = Call();
        calls.TryAdd(call, out _);

        Assert.True(calls.TryDetach(call, out var id));
        Assert.False(calls.TryDetach(call, out _));
        Assert.Equal(SentCalls.AddResult.Full, calls.TryAdd(Call(), out _));
        calls.Release(id);
        Assert.Equal(SentCalls.AddResult.Added, calls.TryAdd(Call(), out _));
    }

    [Fact]
    public void Calls_whose_callers_gave_up_make_room()
    {
        var calls = new SentCalls(capacity: 1);
        var call = Call();
        calls.TryAdd(call, out _);
        call.TrySetException(new TimeoutException());

        Assert.Equal(SentCalls.AddResult.Added, calls.TryAdd(Call(), out _));
    }

    [Fact]
    public void A_closed_table_gives_all_calls_and_takes_none()
    {
        var calls = new SentCalls(capacity: 100);
        var added = Enumerable.Range(0, 50).Select(_ => Call()).ToList();
        foreach (var call in added) calls.TryAdd(call, out var _);

        Assert.Equal(added, calls.Close());
        Assert.Equal(SentCalls.AddResult.Closed, calls.TryAdd(Call(), out var id));
        Assert.Null(calls.Take(id));
    }

    [Fact]
    public void What_gathers_while_something_is_sent_is_sent_together()
    {
        var scheduler = new StepScheduler();
        var output = new RecordingWriter();
        using var outbound = new OutboundBuffer(output, scheduler, maxBytes: 1000, _ => { });
        for (var i = 0; i < 10; i++) Assert.True(outbound.TryAdd(new byte[] { (byte)i }));
        scheduler.RunAll();
        Assert.Equal([10], output.Writes);

        output.Hold();
        outbound.TryAdd(new byte[5]);
        scheduler.RunAll();
        for (var i = 0; i < 20; i++) outbound.TryAdd(new byte[3]);
        output.LetGo();
        scheduler.RunAll();
        Assert.Equal([10, 5, 60], output.Writes);
    }

    [Fact]
    public void A_peer_that_reads_slowly_holds_up_so_much_and_no_more()
    {
        var scheduler = new StepScheduler();
        var output = new RecordingWriter();
        using var outbound = new OutboundBuffer(output, scheduler, maxBytes: 100, _ => { });
        output.Hold();
        outbound.TryAdd(new byte[1]);
        scheduler.RunAll();

        Assert.True(outbound.TryAdd(new byte[100]));
        Assert.False(outbound.TryAdd(new byte[1]));
        Assert.Equal(OutboundBuffer.RequestResult.Full, outbound.TryAddRequest(new byte[1]));
        Assert.True(outbound.TryAdd(new byte[1], always: true));
        outbound.AddLast(new byte[1]);
        output.LetGo();
        scheduler.RunAll();

        Assert.Equal([1, 102], output.Writes);
        Assert.Equal(OutboundBuffer.RequestResult.Ended, outbound.TryAddRequest(new byte[1]));
        Assert.True(outbound.TryAdd(new byte[1]));
    }

    [Fact]
    public void Waits_between_attempts_grow_up_to_a_limit_and_differ()
    {
        var options = new EmbeddedClientOptions { MinReconnectDelay = TimeSpan.FromSeconds(1), MaxReconnectDelay = TimeSpan.FromSeconds(10) };
        var (low, high) = (new ReconnectDelays(options, new FixedRandom(0)), new ReconnectDelays(options, new FixedRandom(ulong.MaxValue)));

        Assert.Equal([0.5, 1, 2, 4, 5, 5], Enumerable.Range(0, 6).Select(_ => low.Next().TotalSeconds));
        Assert.Equal([1, 2, 4, 8, 10, 10], Enumerable.Range(0, 6).Select(_ => Math.Round(high.Next().TotalSeconds, 6)));
        for (var i = 0; i < 100; i++) low.Next();
        Assert.Equal(5, low.Next().TotalSeconds);
        low.Reset();
        Assert.Equal(0.5, low.Next().TotalSeconds);
    }

    private static GrainCall Call() => GrainInterface.Of(typeof(IRemoteGrain)).FindMethod("name")!.CreateCall();

    private sealed class FixedRandom(ulong value) : IRandomSource
    {
        public ulong Next() => value;
    }

    private sealed class StepScheduler : IWorkScheduler
    {
        private readonly Queue<IThreadPoolWorkItem> _items = new();

        public void Schedule(IThreadPoolWorkItem item) => _items.Enqueue(item);

        internal void RunAll()
        {
            while (_items.TryDequeue(out var item)) item.Execute();
        }
    }

    private sealed class RecordingWriter : PipeWriter
    {
        private TaskCompletionSource<FlushResult>? _held;

        internal List<int> Writes { get; } = [];

        internal void Hold() => _held = new TaskCompletionSource<FlushResult>();

        internal void LetGo()
        {
            var held = _held!;
            _held = null;
            held.SetResult(default);
        }

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Writes.Add(source.Length);
            return _held is { } held ? new ValueTask<FlushResult>(held.Task) : default;
        }

        public override void Advance(int bytes) => throw new NotSupportedException();

        public override void CancelPendingFlush() => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public override Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();
    }
}
