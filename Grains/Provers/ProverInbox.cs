using System.Collections.Immutable;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Provers;

/// <summary>What a worker has been told and may have missed. Bounded by time: invitations by their deadline, stops by a few minutes.</summary>
internal sealed class ProverInbox
{
    private const int PruneFrom = 1024;
    private static readonly TimeSpan KeepStops = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Invitation> _invitations = [];
    private readonly Dictionary<string, (StopWork Stop, DateTimeOffset Until)> _stops = [];

    /// <summary>Adds an invitation; false when it is known or over already.</summary>
    public bool Add(Invitation invitation, DateTimeOffset now) =>
        invitation.HardDeadline > now && !_stops.ContainsKey(invitation.RunKey) && _invitations.TryAdd(invitation.RunKey, invitation);

    /// <summary>A run is over: its invitation goes, the stop stays for a while.</summary>
    public void Stop(StopWork stop, DateTimeOffset now)
    {
        _invitations.Remove(stop.RunKey);
        _stops[stop.RunKey] = (stop, now + KeepStops);
        if (_stops.Count >= PruneFrom) PruneStops(now);
    }

    /// <summary>Invitations that have not expired, earliest deadline first.</summary>
    public ImmutableArray<Invitation> Invitations(DateTimeOffset now)
    {
        foreach (var key in _invitations.Where(entry => entry.Value.HardDeadline <= now).Select(entry => entry.Key).ToArray()) _invitations.Remove(key);
        return [.. _invitations.Values.OrderBy(invitation => invitation.HardDeadline).ThenBy(invitation => invitation.RunKey, StringComparer.Ordinal)];
    }

    /// <summary>Recent stops.</summary>
    public ImmutableArray<StopWork> Stopped(DateTimeOffset now)
    {
        PruneStops(now);
        return [.. _stops.Values.Select(entry => entry.Stop)];
    }

    private void PruneStops(DateTimeOffset now)
    {
        foreach (var key in _stops.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key).ToArray()) _stops.Remove(key);
    }
}
