using System.Threading.Channels;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Tells runs that their invitation is not taken, and why. Where a run waits for this prover's answer that is owed (<see cref="OwedDeclines"/>). Of a run that is open to many it is
/// a courtesy, so that requesters can see it: bounded, tried once each, one after the other, and what does not fit is left out. Leases that were taken are given back by
/// <see cref="ProofJob"/>.</summary>
/// <param name="worker">The worker.</param>
/// <param name="gone">Cancelled when the worker must be gone.</param>
internal sealed class DeclineSender(WorkerContext worker, CancellationToken gone)
{
    private readonly OwedDeclines _owed = new(worker, gone);

    private readonly Channel<(Invitation Invitation, ReasonCode Reason)> _declines = Channel.CreateBounded<(Invitation, ReasonCode)>(
        new BoundedChannelOptions(worker.Options.QueueCapacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Complete when every run that waits for an answer has heard it, or none will any more. Not to be called while something may still be declined.</summary>
    public Task OwedAsync() => _owed.Completion;

    /// <summary>Declines an invitation. Not to be called concurrently.</summary>
    public void Decline(Invitation invitation, ReasonCode reason)
    {
        worker.Logger.Declined(invitation.RunKey, reason);
        worker.Metrics.NoteDeclined(reason);
        worker.Publish(ProverEventKind.Declined, invitation.RunKey, reason);
        if (!_owed.TryBegin(invitation, reason)) _declines.Writer.TryWrite((invitation, reason));
    }

    /// <summary>Sends what is a courtesy until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Not ReadAllAsync, which goes on on the thread pool whoever runs this.
            while (await _declines.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_declines.Reader.TryRead(out var next)) await SendAsync(next.Invitation, next.Reason, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker leaves; what was not sent is not missed.
        }
    }

    private async Task SendAsync(Invitation invitation, ReasonCode reason, CancellationToken cancellationToken)
    {
        try
        {
            var run = worker.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain);
            await run.DeclineAsync(worker.ProverId, worker.Session, reason).OrCancelledAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            worker.Logger.DeclineLost(exception, invitation.RunKey);
        }
    }
}
