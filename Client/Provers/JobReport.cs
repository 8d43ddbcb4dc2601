using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Tells everybody how a job ended, or why it has to wait, or others have to: log, meter and listeners.</summary>
internal static class JobReport
{
    public static void Publish(WorkerContext worker, string runKey, JobEnding ending)
    {
        switch (ending.Outcome)
        {
            case JobOutcome.Won:
                worker.Logger.Won(runKey, ending.Reward ?? Credits.Zero, (ending.Proving ?? TimeSpan.Zero).TotalSeconds);
                break;
            case JobOutcome.Failed:
                worker.Logger.Failed(runKey, ending.Reason, ending.Detail);
                break;
            default:
                worker.Logger.EndedWithoutReward(runKey, ending.Outcome, ending.Reason, ending.Detail);
                break;
        }
        worker.Metrics.NoteEnded(ending.Outcome, ending.Reward);
        worker.Publish(KindOf(ending.Outcome), runKey, ending.Reason, ending.Reward, ending.Proving, ending.Detail, statements: ending.Statements);
    }

    /// <summary>The run has put the worker off.</summary>
    public static void Postponed(WorkerContext worker, string runKey, Refusal refusal, TimeSpan delay)
    {
        worker.Logger.JoinPostponed(runKey, refusal, delay.TotalMilliseconds);
        worker.Publish(ProverEventKind.JoinPostponed, runKey, refusal.Code, detail: refusal.ToString());
    }

    /// <summary>No work is taken for a program for a while, if it is not so already: the next proof would fail like this one.</summary>
    public static void Suspend(WorkerContext worker, Invitation invitation, ReasonCode reason, string why)
    {
        if (worker.Suspended.Suspend(invitation.ProgramId, reason, worker.Now, worker.Randomness) is not { } until) return;
        worker.Logger.ProgramSuspended(invitation.ProgramId, until, why);
        worker.Publish(ProverEventKind.ProgramSuspended, invitation.RunKey, reason, detail: $"no work is taken for program {invitation.ProgramId} until {until:O}: {why}");
    }

    private static ProverEventKind KindOf(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Won => ProverEventKind.Won,
        JobOutcome.Outraced => ProverEventKind.Outraced,
        JobOutcome.Closed => ProverEventKind.Closed,
        JobOutcome.Late => ProverEventKind.Late,
        JobOutcome.GivenBack => ProverEventKind.GivenBack,
        JobOutcome.NotJoined => ProverEventKind.JoinRefused,
        _ => ProverEventKind.Failed,
    };
}
