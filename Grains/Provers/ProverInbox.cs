using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>What this worker alone has been told and may have missed. Bounded by time: an invitation stays until its run is over or its deadline has passed,
/// a stop for <paramref name="keepStops"/>.</summary>
internal sealed class ProverInbox(TimeSpan keepStops)
{
    /// <summary>The runs it was invited to, and without an invitation those that are over for it.</summary>
    private readonly Dictionary<string, Invitation?> _runs = new(StringComparer.Ordinal);
    private readonly Queue<(StopWork Stop, DateTimeOffset Until)> _stops = new();

    /// <summary>Adds an invitation; false when it is known or over already.</summary>
    public bool Add(Invitation invitation, DateTimeOffset now)
    {
        Forget(now);
        return invitation.HardDeadline > now && _runs.TryAdd(invitation.RunKey, invitation);
    }

    /// <summary>A run is over: its invitation goes, the stop stays for a while. False when that is known.</summary>
    public bool Stop(StopWork stop, DateTimeOffset now)
    {
        Forget(now);
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_runs, stop.RunKey, out var exists);
        if (exists && known is null) return false;
        known = null;
        _stops.Enqueue((stop, now + keepStops));
        return true;
    }

    /// <summary>Its own invitations and those announced to it that are neither over for it nor expired, earliest deadline first.</summary>
    public ImmutableArray<Invitation> Invitations(AnnouncedRuns announced, DateTimeOffset now)
    {
        Forget(now);
        foreach (var key in _runs.Where(run => run.Value?.HardDeadline <= now).Select(run => run.Key).ToArray()) _runs.Remove(key);
        return
        [
            .. _runs.Values.OfType<Invitation>()
                .Concat(announced.Invitations.Where(invitation => !_runs.ContainsKey(invitation.RunKey)))
                .OrderBy(invitation => invitation.HardDeadline).ThenBy(invitation => invitation.RunKey, StringComparer.Ordinal),
        ];
    }

    /// <summary>What is over for it since not long ago; a winner is not told to stop what it has won.</summary>
    public ImmutableArray<StopWork> Stopped(AnnouncedRuns announced, DateTimeOffset now)
    {
        Forget(now);
        return [.. _stops.Select(entry => entry.Stop).Where(stop => stop.Reason != ReasonCode.Won), .. announced.Stopped.Where(stop => !_runs.ContainsKey(stop.RunKey))];
    }

    private void Forget(DateTimeOffset now)
    {
        while (_stops.TryPeek(out var oldest) && oldest.Until <= now) _runs.Remove(_stops.Dequeue().Stop.RunKey);
    }
}
