using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Qos;

/// <summary>The quality of service that a request got in the end.</summary>
public static class RealisedQos
{
    /// <summary>The utilities: all zero when nothing valid came by the hard deadline, and safety 1 when it did.</summary>
    /// <param name="isDelivered">Whether a valid proof came by the hard deadline.</param>
    /// <param name="latency">From the submission to the verified proof.</param>
    /// <param name="paid">What the requester paid.</param>
    /// <param name="provers">How many independent provers held the work (<see cref="HoldersOf"/>); at least the one that delivered.</param>
    /// <param name="halfLife">After which a proof is worth half.</param>
    /// <param name="reference">What such a proof usually costs.</param>
    public static QosUtilities Of(bool isDelivered, TimeSpan latency, Credits paid, int provers, TimeSpan halfLife, Credits reference) => isDelivered
        ? new QosUtilities
        {
            Speed = QosUtilities.SpeedOf(latency, halfLife),
            Cost = QosUtilities.CostOf(paid, reference),
            Safety = 1,
            CensorshipResistance = QosUtilities.CensorshipResistanceOf(Math.Max(1, provers)),
        }
        : QosUtilities.NotServed;

    /// <summary>The loss of quality of service, 0–1: 1 minus the weighted mean of the utilities.</summary>
    public static double LossOf(QosUtilities realised, QosWeights weights) => 1 - realised.ScoreFor(weights);

    /// <summary>How many independent provers held the work of a run, identities of one account counted once: those whose leases were in force when it ended, or were
    /// missed. Whoever declined or gave its lease back, never answered or was not reached could not have delivered.</summary>
    public static int HoldersOf(IEnumerable<LeaseEnding> leases) => leases
        .Where(IsHeld)
        .Select(lease => lease.Account.Length > 0 ? lease.Account : lease.ProverId)
        .Distinct(StringComparer.Ordinal)
        .Count();

    private static bool IsHeld(LeaseEnding lease) => lease.Outcome switch
    {
        LeaseOutcome.Complete => true,
        // Who left at a price ends like who missed, for the reason it gave.
        LeaseOutcome.Miss => lease.Reason == ReasonCode.LeaseMissed || lease.Penalty is null,
        LeaseOutcome.Cancel => lease.Reason == ReasonCode.Outraced,
        _ => false,
    };
}
