using System.Threading.Channels;

namespace Orleans.Conformance;

/// <summary>An observer that remembers what it has seen.</summary>
internal sealed class Watcher : IWatcher
{
    private readonly Channel<string> _seen = Channel.CreateUnbounded<string>();
    private int _inside;

    public bool HasOverlapped { get; private set; }

    public Task Seen(string what)
    {
        _seen.Writer.TryWrite(what);
        return Task.CompletedTask;
    }

    public async Task<int> Ask(int number)
    {
        if (Interlocked.Increment(ref _inside) != 1) HasOverlapped = true;
        await Task.Yield();
        Interlocked.Decrement(ref _inside);
        return number < 0 ? throw new RefusedException("negative") : number + 1;
    }

    public Task<int> AskSoon(int number) => Ask(number);

    public void Told(string what) => _seen.Writer.TryWrite(what);

    public Task<string> Next() => _seen.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
