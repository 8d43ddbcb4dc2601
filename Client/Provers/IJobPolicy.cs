using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Decides which invitations a worker takes. Asked when an invitation arrives, again when it comes on other terms and when a slot is free for it, and once more
/// when the lease turns out to pay less than the invitation said: declined then, the lease is given back before any work is done. Register your own before
/// <c>AddProverWorker</c> to replace <see cref="CostModelPolicy"/>. Not called concurrently; must return quickly.</summary>
public interface IJobPolicy
{
    /// <summary>The decision on an invitation.</summary>
    JobDecision Consider(Invitation invitation, JobOutlook outlook);

    /// <summary>What to bid in a sealed-bid auction whose invitation was taken. Unless replaced: the ask for the work, which under second price is the
    /// best bid when the ask covers the cost and the margin, and the time the proof is expected to take with the deadline margin on top.</summary>
    JobBid Bid(Invitation invitation, JobOutlook outlook) => new()
    {
        Price = invitation.Work.PriceAt(outlook.Offer.AskPerUnit),
        Eta = outlook.ExpectedDuration > MarketLimits.DeadlineHorizon - outlook.DeadlineMargin
            ? MarketLimits.DeadlineHorizon
            : outlook.ExpectedDuration + outlook.DeadlineMargin,
    };
}

/// <summary>A bid in a sealed-bid auction.</summary>
public sealed record JobBid
{
    /// <summary>The price asked for.</summary>
    public required Credits Price { get; init; }

    /// <summary>The time from award to proof; the award is lost, and the bond with it, when it is exceeded by more than the auction's grace.</summary>
    public required TimeSpan Eta { get; init; }

    /// <summary>Nothing: what is bid is not told before it is revealed.</summary>
    public override string ToString() => "a bid";
}

/// <summary>What a policy knows beside the invitation.</summary>
public sealed record JobOutlook
{
    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What the prover has committed to.</summary>
    public required ProverOffer Offer { get; init; }

    /// <summary>Whether the program is offered and its files are here.</summary>
    public required bool HasArtefacts { get; init; }

    /// <summary>How long the proof would take from now, by measured or else declared throughput.</summary>
    public required TimeSpan ExpectedDuration { get; init; }

    /// <summary>The share of the proving time this worker has lately spent in runs of the invitation's mechanism that was paid, above 0 and at most 1: below 1
    /// where several race for one reward. 1 where nothing is known.</summary>
    public double PaidShare { get; init; } = 1;

    /// <summary>The same for runs that this worker came to only when they had been open for longer than it takes.</summary>
    public double LatePaidShare { get; init; } = 1;

    /// <summary>How long the run has been open to this worker: since its invitation came.</summary>
    public TimeSpan OpenFor { get; init; }

    /// <summary>Time to leave for delivery and verification.</summary>
    public required TimeSpan DeadlineMargin { get; init; }

    /// <summary>Slots that work now.</summary>
    public required int Running { get; init; }

    /// <summary>Invitations that wait for a slot.</summary>
    public required int Waiting { get; init; }
}

/// <summary>A policy's answer.</summary>
public readonly record struct JobDecision
{
    private JobDecision(ReasonCode declineReason, DateTimeOffset notBefore) => (DeclineReason, NotBefore) = (declineReason, notBefore);

    /// <summary>Why the invitation is declined; <see cref="ReasonCode.None"/> when it is taken.</summary>
    public ReasonCode DeclineReason { get; }

    /// <summary>When it is to be taken; in the past for at once.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>True when it is taken.</summary>
    public bool IsTaken => DeclineReason == ReasonCode.None;

    /// <summary>Take it.</summary>
    public static JobDecision Take => default;

    /// <summary>Take it at a time, when its price will have risen enough. A lease that is reserved lapses, which counts like a miss, when that is after the time by
    /// which it has to be answered.</summary>
    public static JobDecision TakeAt(DateTimeOffset notBefore) => new(ReasonCode.None, notBefore);

    /// <summary>Decline it for a reason that the requester will see.</summary>
    public static JobDecision Decline(ReasonCode reason) =>
        reason == ReasonCode.None ? throw new ArgumentOutOfRangeException(nameof(reason), reason, "A reason is needed to decline.") : new(reason, default);
}

/// <summary>The standard policy: the artefacts are here, the reward covers the ask, also for the work that is not paid where several race, the bond is within the limit, and the proof is
/// expected before the hard deadline. A price that rises is taken as soon as it covers the ask: waiting for more is a bet on nobody else asking
/// less.</summary>
public sealed class CostModelPolicy : IJobPolicy
{
    /// <inheritdoc/>
    public JobDecision Consider(Invitation invitation, JobOutlook outlook)
    {
        if (!outlook.HasArtefacts) return JobDecision.Decline(ReasonCode.ArtefactsMissing);
        var (least, ask) = (invitation.Work.PriceAt(outlook.Offer.AskPerUnit), Ask(invitation, outlook));
        if (invitation.Reward < least) return JobDecision.Decline(ReasonCode.PriceBelowAsk);
        if (invitation.Bond > outlook.Offer.MaxBond) return JobDecision.Decline(ReasonCode.BondAboveLimit);
        if (invitation.Reward < ask)
        {
            // Others are faster as a rule, and this worker would work for nothing. But when the run is still open after the time it would have taken, nobody
            // faster has been at it, perhaps; what is earned that way is measured, too.
            var later = outlook.OpenFor < outlook.ExpectedDuration
                ? outlook.Now + (outlook.ExpectedDuration - outlook.OpenFor)
                : outlook.Now + outlook.OpenFor;
            return invitation.Kind == InvitationKind.Open && outlook.ExpectedDuration <= invitation.HardDeadline - later - outlook.DeadlineMargin
                ? JobDecision.TakeAt(later)
                : JobDecision.Decline(ReasonCode.PriceBelowAsk);
        }
        // Compared as durations: an expected end can lie beyond the end of the calendar.
        var takenAt = invitation.Ramp?.TimeOf(ask) is { } reached && reached > outlook.Now ? reached : outlook.Now;
        if (outlook.ExpectedDuration > invitation.HardDeadline - takenAt - outlook.DeadlineMargin) return JobDecision.Decline(ReasonCode.DeadlineTooSoon);
        return takenAt > outlook.Now ? JobDecision.TakeAt(takenAt) : JobDecision.Take;
    }

    /// <summary>The ask for the work, with what is not paid for on top. An ask that stood in the order book binds, and who locks a run at a rising price has it
    /// for itself.</summary>
    private static Credits Ask(Invitation invitation, JobOutlook outlook)
    {
        var ask = invitation.Work.PriceAt(outlook.Offer.AskPerUnit);
        if (invitation.Mechanism == OrderBookParameters.MechanismName || invitation.Ramp is not null) return ask;
        var share = outlook.OpenFor < outlook.ExpectedDuration ? outlook.PaidShare : outlook.LatePaidShare;
        var needed = ask.Micro / Math.Clamp(share, 0.001, 1);
        return needed <= ask.Micro ? ask : new Credits((long)Math.Min(Math.Ceiling(needed), long.MaxValue / 2));
    }
}
