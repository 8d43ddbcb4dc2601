using System.Threading.Channels;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Benchmarks.Micro.Invitations;

/// <summary>What no fan-out to as many readers can be faster than: a message for each into a channel of its own that wakes its reader.</summary>
internal sealed class ReadChannels : IAsyncDisposable
{
    private readonly Latch _latch = new();
    private readonly Channel<Invitation>[] _channels;
    private readonly Task[] _readers;

    public ReadChannels(int count)
    {
        _channels = [.. Enumerable.Range(0, count).Select(_ => Channel.CreateUnbounded<Invitation>(new UnboundedChannelOptions { SingleReader = true }))];
        _readers = [.. _channels.Select(ReadAsync)];
    }

    /// <summary>Ends when all have read it.</summary>
    public Task TellAsync(Invitation invitation)
    {
        var told = _latch.WaitAsync(_channels.Length);
        foreach (var channel in _channels) channel.Writer.TryWrite(invitation);
        return told;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels) channel.Writer.Complete();
        await Task.WhenAll(_readers);
    }

    private async Task ReadAsync(Channel<Invitation> channel)
    {
        await foreach (var _ in channel.Reader.ReadAllAsync()) await _latch.Count();
    }
}
