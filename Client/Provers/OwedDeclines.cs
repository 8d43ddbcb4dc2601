using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Declines what runs wait for this prover to answer: a lease that is reserved for it, where silence counts like a miss, or a bid under seal, without which bidding goes on for its
/// whole time. All at once, so that no run that hangs holds up another, and each again until it is heard or its answer is due. Bounded: bids never take the second half of the room, and no more
/// leases are reserved than the prover has slots. Not thread-safe.</summary>
/// <param name="worker">The worker.</param>
/// <param name="gone">Cancelled when the worker must be gone.</param>
internal sealed class OwedDeclines(WorkerContext worker, CancellationToken gone)
{
    private readonly List<Task> _underWay = [];

    /// <summary>Complete when every one has been heard, or is of no use any more.</summary>
    public Task Completion => Task.WhenAll(_underWay);

    /// <summary>Begins to decline; false when the run does not wait for this prover, or there is no room.</summary>
    public bool TryBegin(Invitation invitation, ReasonCode reason)
    {
        _underWay.RemoveAll(task => task.IsCompleted);
        var room = invitation.Kind switch
        {
            InvitationKind.Assigned => 2 * worker.Options.QueueCapacity,
            InvitationKind.Sealed => worker.Options.QueueCapacity,
            _ => 0,
        };
        if (_underWay.Count >= room) return false;
        _underWay.Add(Beside.Run(() => SendAsync(invitation, reason)));
        return true;
    }

    private async Task<bool> SendAsync(Invitation invitation, ReasonCode reason)
    {
        // When it is late already, it is said all the same: only the market's clock knows for certain.
        var (answerBy, least) = (invitation.AnswerBy ?? invitation.HardDeadline, worker.Now + worker.Options.DeadlineMargin);
        var isHeard = await LeaseReturn.DeclineAsync(worker, invitation, reason, answerBy > least ? answerBy : least, gone);
        if (!isHeard) worker.Logger.DeclineUnheard(invitation.RunKey);
        return isHeard;
    }
}
