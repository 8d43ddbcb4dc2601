using System.Collections.Immutable;
using Orleans.Concurrency;
using Orleans.Embedded.Tests.Serialization;
using Orleans.Runtime;
using Barrier = Orleans.Conformance.Barrier;

namespace Orleans.Embedded.Tests.Gateway;

[Alias("test.watcher")]
public interface IRemoteWatcher : IGrainObserver
{
    [Alias("seen"), OneWay]
    Task Seen(string what);

    [Alias("ask")]
    Task<int> Ask(int number);

    [Alias("told")]
    void Told(string what);

    [Alias("block")]
    Task Block(string barrier);
}

[Alias("test.remote")]
public interface IRemoteGrain : IGrainWithStringKey
{
    [Alias("echo")]
    Task<Everything> Echo(Everything value);

    [Alias("turn")]
    ValueTask<Shape> Turn(Shape shape, int times);

    [Alias("nothing")]
    ValueTask Nothing();

    [Alias("length")]
    Task<int> Length(ReadOnlyMemory<byte> data);

    [Alias("bytes")]
    Task<ImmutableArray<byte>> Bytes(int count);

    [Alias("throw")]
    Task Throw(string kind);

    [Alias("wait")]
    Task Wait(string barrier, CancellationToken cancellationToken);

    [Alias("linger")]
    Task Linger(string barrier, CancellationToken cancellationToken);

    [Alias("block")]
    Task Block(string barrier);

    [Alias("context")]
    Task<string?> Context(string key);

    [Alias("note"), OneWay]
    Task Note(string what);

    [Alias("notes")]
    Task<ImmutableArray<string>> Notes();

    [Alias("forward")]
    Task<string> Forward(IRemoteGrain other);

    [Alias("name")]
    Task<string> Name();

    [Alias("self")]
    Task<IRemoteGrain> Self();

    [Alias("watch")]
    Task Watch(IRemoteWatcher watcher);

    [Alias("show")]
    Task Show(string what);

    [Alias("tell")]
    Task Tell(string what);

    [Alias("ask")]
    Task<int> Ask(int number);

    [Alias("unwritable")]
    Task<Unwritable> Unwritable();
}

/// <summary>Not attributed: it cannot travel.</summary>
public sealed record Unwritable(int Value);

/// <summary>An interface that <see cref="RemoteGrain"/> does not implement.</summary>
[Alias("test.other")]
public interface IOtherGrain : IGrainWithStringKey
{
    [Alias("do")]
    Task Do();

    [Alias("linger")]
    Task Linger(string barrier, CancellationToken cancellationToken);
}

public sealed class OtherGrain : Grain, IOtherGrain
{
    public Task Do() => Task.CompletedTask;

    public Task Linger(string barrier, CancellationToken cancellationToken) => Barrier.Named(barrier).PassAsync().WaitAsync(cancellationToken);
}

[Reentrant]
public sealed class RemoteGrain : Grain, IRemoteGrain
{
    private ImmutableArray<string> _notes = [];
    private IRemoteWatcher? _watcher;

    /// <summary>Some take their time to find out that they cannot be activated.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!this.GetPrimaryKeyString().StartsWith("stillborn", StringComparison.Ordinal)) return;
        await Barrier.Named("stillborn").PassAsync();
        throw new InvalidOperationException("no life");
    }

    public Task<Everything> Echo(Everything value) => Task.FromResult(value);

    public ValueTask<Shape> Turn(Shape shape, int times) => new(shape switch
    {
        Box box when times % 2 == 1 => box with { Width = box.Height, Height = box.Width },
        _ => shape,
    });

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public Task<int> Length(ReadOnlyMemory<byte> data) => Task.FromResult(data.Length);

    public Task<ImmutableArray<byte>> Bytes(int count) => Task.FromResult(ImmutableArray.Create(new byte[count]));

    public async Task Throw(string kind)
    {
        await Task.Yield();
        throw kind switch
        {
            "argument" => new ArgumentOutOfRangeException(nameof(kind), "out of range"),
            "cancelled" => new OperationCanceledException("cancelled by the grain"),
            "broken" => new BrokenException(),
            "own" => new RemoteRefusalException("refused", new TimeoutException("in time")),
            _ => new NumberedException(7),
        };
    }

    public async Task Wait(string barrier, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await Task.WhenAny(cancelled.Task, Barrier.Named(barrier).PassAsync());
        await Barrier.Named($"{barrier} cancelled {cancellationToken.IsCancellationRequested}").PassAsync();
    }

    public Task Linger(string barrier, CancellationToken cancellationToken) => Barrier.Named(barrier).PassAsync().WaitAsync(cancellationToken);

    public Task Block(string barrier) => Barrier.Named(barrier).PassAsync();

    public Task<string?> Context(string key) => Task.FromResult(RequestContext.Get(key)?.ToString());

    public Task Note(string what)
    {
        _notes = _notes.Add(what);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<string>> Notes() => Task.FromResult(_notes);

    public Task<string> Forward(IRemoteGrain other) => other.Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<IRemoteGrain> Self() => Task.FromResult(this.AsReference<IRemoteGrain>());

    public Task Watch(IRemoteWatcher watcher)
    {
        _watcher = watcher;
        return Task.CompletedTask;
    }

    public Task Show(string what) => _watcher!.Seen(what);

    public Task Tell(string what)
    {
        _watcher!.Told(what);
        return Task.CompletedTask;
    }

    public Task<int> Ask(int number) => _watcher!.Ask(number);

    public Task<Unwritable> Unwritable() => Task.FromResult(new Unwritable(1));
}

public sealed class RemoteRefusalException(string message, Exception? inner) : Exception(message, inner);

/// <summary>It cannot be told, logged or sent.</summary>
public sealed class BrokenException : Exception
{
    public override string Message => throw new InvalidOperationException("no message");

    public override string ToString() => throw new InvalidOperationException("no text");
}

public sealed class NumberedException(int number) : Exception($"number {number}");
