using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>Tells everybody how a job ended, or why it has to wait: log, meter and listeners.</summary>
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
