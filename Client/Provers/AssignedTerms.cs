using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>What a lease pays and how long it leaves, against what its invitation said: the run may have gone on meanwhile on other terms, as a Dutch auction does whose
/// lock was missed, and a lock of one lasts less long than the request.</summary>
internal static class AssignedTerms
{
    // The price of this moment is the market's moment, which is known here as well as a call was quick: a lock may be asked for a little too early.
    private const int RisingPricePercent = 99;

    /// <summary>The invitation as it would have had to be for this lease, when the lease pays less than the invitation said, or ends earlier and can still be given back for
    /// nothing; null when it is as good, or better. Of a share of a batch less may be left to prove, for less; a price that rises may miss 1 per cent.</summary>
    /// <param name="invitation">The invitation.</param>
    /// <param name="assignment">The lease.</param>
    /// <param name="askedAt">When the lease was asked for.</param>
    public static Invitation? IfWorse(Invitation invitation, Assignment assignment, DateTimeOffset askedAt)
    {
        var work = assignment.Statements.IsEmpty ? invitation.Work : new WorkUnits(assignment.Program.Work.Milli * assignment.Statements.Length);
        var promised = invitation.Ramp is { } ramp ? ramp.PriceAt(askedAt).Scale(RisingPricePercent, 100)
            : assignment.Statements.IsEmpty ? invitation.Reward
            : invitation.Reward.Scale(work.Milli, invitation.Work.Milli);
        var endsEarlier = assignment.ConfirmBy is not null && assignment.Deadline < invitation.HardDeadline;
        if (assignment.Reward >= promised && !endsEarlier) return null;
        return invitation with
        {
            Work = work, Reward = assignment.Reward, Ramp = null, HardDeadline = endsEarlier ? assignment.Deadline : invitation.HardDeadline,
        };
    }
}
