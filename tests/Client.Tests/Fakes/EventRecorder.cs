using System.Collections.Concurrent;
using System.Threading.Channels;
using ProvingMarket.Client.Provers;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>Remembers what a worker did, and lets a test wait for it.</summary>
internal sealed class EventRecorder : IProverEvents
{
    private readonly Channel<ProverEvent> _unseen = Channel.CreateUnbounded<ProverEvent>();
    private readonly ConcurrentQueue<ProverEvent> _all = new();

    public IReadOnlyCollection<ProverEvent> All => _all;

    public void OnEvent(ProverEvent happened)
    {
        _all.Enqueue(happened);
        _unseen.Writer.TryWrite(happened);
    }

    public int Count(ProverEventKind kind) => _all.Count(happened => happened.Kind == kind);

    /// <summary>A barrier: the next event of this kind; those before it are passed over.</summary>
    public async Task<ProverEvent> NextAsync(ProverEventKind kind)
    {
        try
        {
            while (true)
            {
                var happened = await _unseen.Reader.ReadAsync().AsTask().Soon();
                if (happened.Kind == kind) return happened;
            }
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"No {kind}; there were: {string.Join(", ", _all.Select(e => $"{e.Kind} {e.RunKey} {e.Detail}"))}", exception);
        }
    }
}
