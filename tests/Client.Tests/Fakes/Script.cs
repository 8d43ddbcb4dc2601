using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>One method of a fake grain: remembers its calls, answers the next ones as scripted, and otherwise as usual.</summary>
internal sealed class Script<TCall, TAnswer>(Func<TCall, TAnswer> usual)
{
    private readonly ConcurrentQueue<Func<TCall, Task<TAnswer>>> _next = new();
    private readonly Channel<TCall> _unseen = Channel.CreateUnbounded<TCall>();
    private readonly ConcurrentQueue<TCall> _calls = new();

    /// <summary>Every call so far.</summary>
    public ImmutableArray<TCall> Calls => [.. _calls];

    /// <summary>What is answered when nothing is scripted.</summary>
    public Func<TCall, TAnswer> Usual { get; set; } = usual;

    /// <summary>Scripts the next call that has no script yet.</summary>
    public Script<TCall, TAnswer> Then(Func<TCall, Task<TAnswer>> answer)
    {
        _next.Enqueue(answer);
        return this;
    }

    public Script<TCall, TAnswer> Then(TAnswer answer) => Then(_ => Task.FromResult(answer));

    public Script<TCall, TAnswer> ThenThrow(Exception exception) => Then(_ => Task.FromException<TAnswer>(exception));

    /// <summary>Scripts a call that is not answered until the test says so.</summary>
    public TaskCompletionSource<TAnswer> ThenHang()
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Then(_ => answer.Task);
        return answer;
    }

    /// <summary>A barrier: completes with the next call that was not awaited yet.</summary>
    public Task<TCall> NextAsync() => _unseen.Reader.ReadAsync().AsTask().Soon();

    public async Task<TAnswer> CallAsync(TCall call)
    {
        // The answer is fixed before the test hears of the call: what it scripts then is for the next one.
        var answer = _next.TryDequeue(out var scripted) ? scripted : null;
        var otherwise = Usual;
        _calls.Enqueue(call);
        _unseen.Writer.TryWrite(call);
        await Task.Yield();
        return answer is not null ? await answer(call) : otherwise(call);
    }
}
