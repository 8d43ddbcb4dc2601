using System.Runtime.InteropServices;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>What this worker alone has been told and may have missed. Bounded by time: an invitation stays until its run is over or its deadline has passed, a stop for
/// <paramref name="keepStops"/>, and for as long as the run is announced to others.</summary>
internal sealed class ProverInbox(TimeSpan keepStops)
{
    private readonly Dictionary<string, Told> _runs = new(StringComparer.Ordinal);

    /// <summary>Adds an invitation; false when it is known or over already.</summary>
    public bool Add(Invitation invitation, DateTimeOffset now) =>
        invitation.HardDeadline > now && _runs.TryAdd(invitation.RunKey, new Told(invitation, null, invitation.HardDeadline));

    /// <summary>A run is over for it: its invitation goes, the stop stays for a while. False when that is known.</summary>
    public bool Stop(StopWork stop, DateTimeOffset now)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_runs, stop.RunKey, out _);
        if (known.Stop is not null) return false;
        known = new Told(null, stop, now + keepStops);
        return true;
    }

    /// <summary>With what was announced to it: open runs, earliest deadline first, and those that are over for it since not long ago. A winner is not told to stop what it
    /// has won.</summary>
    public RunNotices With(RunNotices announced, DateTimeOffset now)
    {
        var open = announced.Invitations.Select(invitation => invitation.RunKey).ToHashSet(StringComparer.Ordinal);
        foreach (var run in _runs.Where(run => run.Value.Until <= now && !(run.Value.Stop is not null && open.Contains(run.Key))).ToArray()) _runs.Remove(run.Key);
        return new RunNotices
        {
            Invitations =
            [
                .. _runs.Values.Where(told => told.Invitation is not null).Select(told => told.Invitation!)
                    .Concat(announced.Invitations.Where(invitation => !_runs.ContainsKey(invitation.RunKey)))
                    .OrderBy(invitation => invitation.HardDeadline).ThenBy(invitation => invitation.RunKey, StringComparer.Ordinal),
            ],
            Stopped =
            [
                .. _runs.Values.Where(told => told.Stop is { Reason: not ReasonCode.Won } && told.Until > now).Select(told => told.Stop!),
                .. announced.Stopped.Where(stop => !_runs.ContainsKey(stop.RunKey)),
            ],
        };
    }

    /// <summary>What it was told of a run: that it is open, or that it is over.</summary>
    private readonly record struct Told(Invitation? Invitation, StopWork? Stop, DateTimeOffset Until);
}
