using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Runs that need no more attention: the market repeats invitations until their deadline, and each is acted on once. What was not taken needs
/// attention again when anything about it has changed: a run can go on with another reward, or without a bond. Bounded: beyond the capacity those whose deadline comes first
/// are forgotten. Not thread-safe.</summary>
internal sealed class KnownRuns(int capacity)
{
    private readonly Dictionary<string, Invitation?> _untaken = [];
    private readonly PriorityQueue<string, DateTimeOffset> _byDeadline = new();

    public int Count => _untaken.Count;

    /// <summary>Whether an invitation needs no attention: its run has ended here, or it is the one that was not taken.</summary>
    public bool Covers(Invitation invitation) =>
        _untaken.TryGetValue(invitation.RunKey, out var untaken) && (untaken is null || untaken == invitation);

    /// <summary>The run has ended here, whatever it offers from now on.</summary>
    public void Ended(Invitation invitation, DateTimeOffset now) => Note(invitation, null, now);

    /// <summary>The invitation was declined, or the run did not let the worker join.</summary>
    public void NotTaken(Invitation invitation, DateTimeOffset now) => Note(invitation, invitation, now);

    private void Note(Invitation invitation, Invitation? untaken, DateTimeOffset now)
    {
        while (_byDeadline.TryPeek(out var first, out var until) && (until <= now || _untaken.Count >= capacity))
        {
            _byDeadline.Dequeue();
            _untaken.Remove(first);
        }
        if (_untaken.TryAdd(invitation.RunKey, untaken)) _byDeadline.Enqueue(invitation.RunKey, invitation.HardDeadline);
        else _untaken[invitation.RunKey] = untaken;
    }
}
