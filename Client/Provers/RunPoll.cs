using System.Collections.Immutable;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Asks the runs being worked on whether they are over, in case the order to stop was lost with the silo that had it. One round at a
/// time; the session does not wait for it.</summary>
internal sealed class RunPoll(WorkerContext worker, JobDispatcher jobs)
{
    private ImmutableArray<Invitation> _earlier = [];

    /// <summary>The round under way.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Begins a round over the runs that were already being worked on at the last one: most proofs end before they are ever asked about.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        if (!Completion.IsCompleted) return;
        var running = jobs.Running;
        Completion = Task.WhenAll(running.Where(invitation => _earlier.Contains(invitation)).Select(invitation => AskAsync(invitation, cancellationToken)));
        _earlier = running;
    }

    private async Task AskAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        try
        {
            var progress = await worker.Grains.GetGrain<IRunForRequests>(invitation.RunGrain).GetProgressAsync().OrCancelledAsync(cancellationToken);
            ImmutableArray<int> proved = [.. progress.Proved.Select(known => known.Statement)];
            if (!proved.IsEmpty) jobs.Stop(new StopWork { RunKey = invitation.RunKey, Reason = ReasonCode.StatementDelivered, Statements = proved });
            if (progress.Report is not { } report || report.Proof?.ProverId == worker.ProverId) return;
            jobs.Stop(new StopWork { RunKey = invitation.RunKey, Reason = report.Succeeded ? ReasonCode.Outraced : ReasonCode.RunClosed });
        }
        catch (Exception exception)
        {
            worker.Logger.PollFailed(exception, invitation.RunKey);
        }
    }
}
