using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Whether a job is wanted: asks the policy, and tells it how the jobs before went. A policy that fails declines. Not thread-safe.</summary>
internal sealed class JobConsideration(WorkerContext worker, IJobPolicy policy)
{
    private readonly SpeedMeter _speed = new(worker.Options.MilliUnitsPerSecond, worker.Options.MeasurementLifetime);
    private readonly ContestMeter _contests = new(worker.Options.MeasurementLifetime / 2);

    /// <summary>The share of the proving time for orders from the book that is paid: where several work side by side, not all is. For any thread.</summary>
    public double PaidShareOfOrders { get; private set; } = 1;

    /// <summary>How long the job is expected to take.</summary>
    public TimeSpan Expect(Invitation invitation, DateTimeOffset now) => _speed.Expect(invitation.ProgramId, invitation.Work, now);

    /// <summary>What the policy says, unless no work is taken for the program: then it is declined, or waits for the end of that where nobody else waits for the answer and there is time
    /// enough left to prove.</summary>
    public JobDecision Consider(Invitation invitation, DateTimeOffset arrivedAt, JobLoad load, bool mayWait)
    {
        var outlook = Outlook(invitation, arrivedAt, load);
        var suspended = worker.Suspended.WhyNot(invitation.ProgramId, outlook.Now);
        if (suspended is not null && !(mayWait && outlook.ExpectedDuration <= invitation.HardDeadline - suspended.Until - outlook.DeadlineMargin))
            return JobDecision.Decline(suspended.Reason);
        try
        {
            var decision = policy.Consider(invitation, outlook);
            return decision.IsTaken && decision.NotBefore < suspended?.Until ? JobDecision.TakeAt(suspended.Until) : decision;
        }
        catch (Exception exception)
        {
            worker.Logger.PolicyFailed(exception, invitation.RunKey);
            return JobDecision.Decline(ReasonCode.ProvingFailed);
        }
    }

    /// <summary>What to bid in a sealed-bid auction; null when no bid is wanted. With a reason the invitation is declined: the policy has failed.</summary>
    public (JobBid? Bid, ReasonCode DeclineReason) Bid(Invitation invitation, DateTimeOffset arrivedAt, JobLoad load)
    {
        try
        {
            return (policy.Bid(invitation, Outlook(invitation, arrivedAt, load)), ReasonCode.None);
        }
        catch (Exception exception)
        {
            worker.Logger.PolicyFailed(exception, invitation.RunKey);
            return (null, ReasonCode.ProvingFailed);
        }
    }

    /// <summary>A job has ended.</summary>
    /// <param name="invitation">Its invitation.</param>
    /// <param name="ending">How.</param>
    /// <param name="wasLate">Whether it was begun when others that came with it could have been done.</param>
    public void Ended(Invitation invitation, JobEnding ending, bool wasLate)
    {
        var now = worker.Now;
        var work = ending.Work ?? invitation.Work;
        if (ending is { ProofMade: true, Proving: { } took }) _speed.Finished(invitation.ProgramId, work, took, now);
        else if (ending is { Proving: { } sofar, Outcome: not JobOutcome.Failed }) _speed.Unfinished(invitation.ProgramId, work, sofar, now);
        if (ending is { Proving: { } spent, Outcome: JobOutcome.Won or JobOutcome.Outraced } && invitation.Ramp is null)
            _contests.Ended(wasLate ? Late(invitation.Mechanism) : invitation.Mechanism, spent, ending.Outcome == JobOutcome.Won, now);
        PaidShareOfOrders = _contests.PaidShare(OrderBookParameters.MechanismName, now);
    }

    private JobOutlook Outlook(Invitation invitation, DateTimeOffset arrivedAt, JobLoad load)
    {
        var now = worker.Now;
        return new JobOutlook
        {
            Now = now,
            Offer = worker.Offer,
            HasArtefacts = worker.Offer.Programs.Contains(invitation.ProgramId),
            ExpectedDuration = Expect(invitation, now),
            OpenFor = now - arrivedAt,
            PaidShare = _contests.PaidShare(invitation.Mechanism, now),
            LatePaidShare = _contests.PaidShare(Late(invitation.Mechanism), now),
            DeadlineMargin = worker.Options.DeadlineMargin,
            Running = load.Running,
            Waiting = load.Waiting,
        };
    }

    private static string Late(string mechanism) => $"{mechanism}, late";
}

/// <summary>What the worker has to do already.</summary>
/// <param name="Running">Jobs being worked on.</param>
/// <param name="Waiting">Invitations that wait for a slot.</param>
internal readonly record struct JobLoad(int Running, int Waiting);
