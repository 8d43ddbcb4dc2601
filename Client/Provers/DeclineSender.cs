using System.Threading.Channels;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Tells runs that their invitation is not taken, and why, so that requesters can see it. A courtesy: bounded, tried once each, and what
/// does not fit is left out. Leases are given back by <see cref="ProofJob"/>, which insists.</summary>
internal sealed class DeclineSender(WorkerContext worker)
{
    private readonly Channel<(Invitation Invitation, ReasonCode Reason)> _declines = Channel.CreateBounded<(Invitation, ReasonCode)>(
        new BoundedChannelOptions(worker.Options.QueueCapacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Decline(Invitation invitation, ReasonCode reason)
    {
        worker.Logger.Declined(invitation.RunKey, reason);
        worker.Metrics.NoteDeclined(reason);
        worker.Publish(ProverEventKind.Declined, invitation.RunKey, reason);
        _declines.Writer.TryWrite((invitation, reason));
    }

    /// <summary>Sends until cancelled.</summary>
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
