using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>What runs have announced to the provers of a shard: pushed to their workers at once, and kept for their renewals until the run is over or its deadline has
/// passed; that it is over, for <paramref name="keepStops"/>. In memory only: after a crash runs announce again, which workers take as the same invitation.</summary>
internal sealed class ShardAnnouncements(TimeSpan keepStops, DateTimeOffset since)
{
    private const int ToldAtOnce = 64;

    private readonly Dictionary<string, Announcement> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Listener> _listeners = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset At, string RunKey, Announcement Announcement)> _looks = new();

    /// <summary>How many announcements take memory, of runs that are open or over.</summary>
    public int Kept => _looks.Count;

    /// <summary>Invites those of the eligible who have not been invited to the run, and does not wait for their workers. After every few others have their turns: a shard
    /// stays responsive, and what is sent is read while it is still in the processor's cache.</summary>
    /// <returns>Who has been invited so far; nobody when the run is known to be over.</returns>
    public async Task<ImmutableArray<string>> AnnounceAsync(
        Invitation invitation, ImmutableArray<string> eligible, IReadOnlyDictionary<string, ProverSession> sessions, DateTimeOffset now)
    {
        Forget(now);
        if (invitation.HardDeadline <= now) return [];
        var announcement = Find(invitation.RunKey, now) ?? Add(invitation.RunKey, new Announcement { KeptUntil = invitation.HardDeadline }, now);
        if (announcement.Stop is not null) return [];
        // Whoever is invited later is invited on the terms of then.
        announcement.Invitation = invitation;
        var told = announcement.Told.Count;
        announcement.Told.EnsureCapacity(eligible.Length);
        foreach (var prover in eligible)
        {
            if (!sessions.TryGetValue(prover, out var session) || !announcement.Told.Add(prover)) continue;
            var listener = ListenerOf(prover);
            listener.Heard.Add(announcement);
            listener.Counts.Invited(invitation.Mechanism);
            _ = session.Observer.InvitedAsync(announcement.Invitation!);
            if ((announcement.Told.Count - told) % ToldAtOnce != 0) continue;
            await Task.Yield();
            if (announcement.Stop is not null) return [];
        }
        return [.. announcement.Told];
    }

    /// <summary>A run is over for those who were invited to it; its winners know, and some hear of that from their own grains. Does nothing when that is known.</summary>
    public async Task WithdrawAsync(StopWork stop, ImmutableArray<string> except, IReadOnlyDictionary<string, ProverSession> sessions, DateTimeOffset now)
    {
        Forget(now);
        var announcement = Find(stop.RunKey, now) ?? Add(stop.RunKey, new Announcement(), now);
        if (announcement.Stop is not null) return;
        (announcement.Stop, announcement.Invitation, announcement.KeptUntil) = (stop, null, now + keepStops);
        announcement.Told.ExceptWith(except);
        foreach (var winner in stop.Winners)
        {
            if (announcement.Told.Remove(winner)) ListenerOf(winner).Counts.Ended(ReasonCode.Won);
        }
        var told = 0;
        foreach (var prover in announcement.Told.ToArray())
        {
            ListenerOf(prover).Counts.Ended(stop.Reason);
            if (sessions.TryGetValue(prover, out var session)) _ = session.Observer.StoppedAsync(stop);
            if (++told % ToldAtOnce == 0) await Task.Yield();
        }
    }

    /// <summary>What a prover was invited to and is still open, and what of it is over, in the order of the invitations.</summary>
    public RunNotices Of(string proverId, DateTimeOffset now)
    {
        if (!_listeners.TryGetValue(proverId, out var listener)) return RunNotices.None;
        listener.Heard.RemoveAll(announcement => announcement.KeptUntil <= now);
        if (listener.Heard.Count == 0) return RunNotices.None;
        return new RunNotices
        {
            Invitations = [.. listener.Heard.Where(announcement => announcement.Stop is null).Select(announcement => announcement.Invitation!)],
            Stopped = [.. listener.Heard.Where(announcement => announcement.Stop is not null && announcement.Told.Contains(proverId)).Select(announcement => announcement.Stop!)],
        };
    }

    /// <summary>What was counted of a prover's invitations.</summary>
    public InvitationTally TallyOf(string proverId) => _listeners.GetValueOrDefault(proverId)?.Counts.Tally() ?? new InvitationTally { Since = since };

    private Listener ListenerOf(string proverId)
    {
        ref var listener = ref CollectionsMarshal.GetValueRefOrAddDefault(_listeners, proverId, out _);
        return listener ??= new Listener(since);
    }

    private Announcement? Find(string runKey, DateTimeOffset now) => _runs.GetValueOrDefault(runKey) is { } known && known.KeptUntil > now ? known : null;

    private Announcement Add(string runKey, Announcement announcement, DateTimeOffset now)
    {
        _runs[runKey] = announcement;
        LookAgain(runKey, announcement, now);
        return announcement;
    }

    /// <summary>Not only at its deadline, which may be a day away when the run is over at once.</summary>
    private void LookAgain(string runKey, Announcement announcement, DateTimeOffset now) => _looks.Enqueue((now + keepStops, runKey, announcement));

    private void Forget(DateTimeOffset now)
    {
        while (_looks.TryPeek(out var next) && next.At <= now)
        {
            _looks.Dequeue();
            if (next.Announcement.KeptUntil > now)
            {
                LookAgain(next.RunKey, next.Announcement, now);
                continue;
            }
            if (_runs.GetValueOrDefault(next.RunKey) == next.Announcement) _runs.Remove(next.RunKey);
            // A prover that never renews again keeps the announcement itself.
            next.Announcement.Told.Clear();
            next.Announcement.Told.TrimExcess();
        }
    }

    /// <summary>A run that was announced, or was over before.</summary>
    private sealed class Announcement
    {
        /// <summary>As long as it is open.</summary>
        public Invitation? Invitation { get; set; }

        /// <summary>Who was invited; once it is over, who has heard that from here.</summary>
        public HashSet<string> Told { get; } = new(StringComparer.Ordinal);

        public StopWork? Stop { get; set; }

        public DateTimeOffset KeptUntil { get; set; }
    }

    /// <summary>A prover that was invited.</summary>
    private sealed class Listener(DateTimeOffset since)
    {
        public List<Announcement> Heard { get; } = [];

        public InvitationCounts Counts { get; } = new(since);
    }
}
