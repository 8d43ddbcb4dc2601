using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Gives a lease back, or turns down what is asked of this prover alone: again until the run has heard of it.</summary>
internal static class LeaseReturn
{
    /// <summary>Declines. True when the run has answered; false when time was over first.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="invitation">The run's invitation.</param>
    /// <param name="reason">Why.</param>
    /// <param name="until">When it is of no use any more.</param>
    /// <param name="gone">Cancelled when the worker must be gone.</param>
    public static async Task<bool> DeclineAsync(WorkerContext worker, Invitation invitation, ReasonCode reason, DateTimeOffset until, CancellationToken gone)
    {
        var left = until - worker.Now;
        if (left <= TimeSpan.Zero) return false;
        using var deadline = new CancellationTokenSource(left, worker.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, gone);
        try
        {
            await worker.Calls.RepeatAsync(
                $"Declining run {invitation.RunKey}",
                () => worker.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain).DeclineAsync(worker.ProverId, worker.Session, reason),
                both.Token);
            return true;
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            return false;
        }
    }
}
