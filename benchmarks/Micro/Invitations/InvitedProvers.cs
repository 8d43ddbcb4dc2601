using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Benchmarks.Micro.Invitations;

/// <summary>Provers that are connected and only count what they are told.</summary>
internal sealed class InvitedProvers
{
    private readonly List<Counter> _counters = [];
    private readonly Latch _latch = new();

    private InvitedProvers()
    {
    }

    public static async Task<InvitedProvers> ConnectAsync(IGrainFactory grains, string programId, int count)
    {
        var provers = new InvitedProvers();
        foreach (var batch in Enumerable.Range(0, count).Chunk(256)) await Task.WhenAll(batch.Select(i => provers.ConnectAsync(grains, programId, IdOf(i))));
        return provers;
    }

    public static string IdOf(int i) => FormattableString.Invariant($"prover-{i:00000}");

    /// <summary>Ends when the provers have been told so often from now on.</summary>
    public Task ToldAsync(int times) => _latch.WaitAsync(times);

    private async Task ConnectAsync(IGrainFactory grains, string programId, string id)
    {
        var counter = new Counter(_latch);
        // A reference does not keep its observer alive.
        lock (_counters) _counters.Add(counter);
        var offer = new ProverOffer { ProverId = id, Account = id, Programs = [programId], Slots = 1, MilliUnitsPerSecond = 1_000_000 };
        var answer = await grains.GetGrain<IProverGrain>(id).ConnectAsync(offer, "session", grains.CreateObjectReference<IProverObserver>(counter));
        if (answer.Refusal is { } refusal) throw new InvalidOperationException($"{id}: {refusal}");
    }

    private sealed class Counter(Latch latch) : IProverObserver
    {
        public Task InvitedAsync(Invitation invitation) => latch.Count();

        public Task StoppedAsync(StopWork stop) => latch.Count();
    }
}

/// <summary>Waits until something has happened so often.</summary>
internal sealed class Latch
{
    private TaskCompletionSource _reached = new();
    private int _left;

    public Task Count()
    {
        if (Interlocked.Decrement(ref _left) == 0) _reached.TrySetResult();
        return Task.CompletedTask;
    }

    public Task WaitAsync(int times)
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _left, times);
        return _reached.Task;
    }
}
