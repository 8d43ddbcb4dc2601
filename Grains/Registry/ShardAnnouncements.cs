using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>What runs have announced to the provers of a shard: pushed to their workers at once, and kept for their renewals until the run is over or its deadline has
/// passed; that it is over, for <paramref name="keepStops"/>. In memory only: after a crash runs announce again, which workers take as the same invitation.</summary>
/// <remarks>Of a run that is over and that nobody has to be told of, only its key is kept: it is what most runs leave behind, and what stays is moved by the garbage collector.</remarks>
internal sealed class ShardAnnouncements(TimeSpan keepStops, DateTimeOffset since)
{
    private const int ToldAtOnce = 64;

    private readonly Dictionary<string, Announcement> _open = new(StringComparer.Ordinal);

    /// <summary>Runs that were over not long ago, with what has to be told of them; null for nothing.</summary>
    private readonly Dictionary<string, Announcement?> _over = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset Until, string RunKey)> _overInOrder = new();
    private readonly Dictionary<string, Listener> _listeners = new(StringComparer.Ordinal);
    private DateTimeOffset _looksAt = since + keepStops;
    private long _announced;

    /// <summary>How many runs take memory, open or over.</summary>
    public int Kept => _open.Count + _over.Count;

    /// <summary>How many runs take memory for a prover.</summary>
    public int KeptFor(string proverId) => _listeners.GetValueOrDefault(proverId)?.Heard.Count ?? 0;

    /// <summary>Invites those of the eligible who have not been invited to the run, and does not wait for their workers. After every few others have their turns: a shard
    /// stays responsive, and what is sent is read while it is still in the processor's cache.</summary>
    /// <returns>Who has been invited so far; nobody when the run is known to be over.</returns>
    public async Task<ImmutableArray<string>> AnnounceAsync(
        Invitation invitation, ImmutableArray<string> eligible, IReadOnlyDictionary<string, ProverSession> sessions, DateTimeOffset now)
    {
        Forget(now);
        if (invitation.HardDeadline <= now || _over.ContainsKey(invitation.RunKey)) return [];
        var announcement = Find(invitation.RunKey, now) ?? Add(invitation);
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
            _ = session.Observer.InvitedAsync(announcement.Invitation);
            if ((announcement.Told.Count - told) % ToldAtOnce != 0) continue;
            await Task.Yield();
            if (announcement.Invitation is null) return [];
        }
        return [.. announcement.Told];
    }

    /// <summary>A run is over for those who were invited to it; its winners know, and some hear of that from their own grains. Does nothing when that is known.</summary>
    public async Task WithdrawAsync(StopWork stop, ImmutableArray<string> except, IReadOnlyDictionary<string, ProverSession> sessions, DateTimeOffset now)
    {
        Forget(now);
        var announcement = Find(stop.RunKey, now);
        if (!_over.TryAdd(stop.RunKey, null)) return;
        _overInOrder.Enqueue((now + keepStops, stop.RunKey));
        if (_open.Remove(stop.RunKey, out var open) && announcement is null) Drop(open);
        if (announcement is null) return;
        (announcement.Stop, announcement.Invitation, announcement.KeptUntil) = (stop, null, now + keepStops);
        foreach (var prover in except) Leave(prover, announcement);
        foreach (var winner in stop.Winners)
        {
            if (Leave(winner, announcement)) ListenerOf(winner).Counts.Ended(ReasonCode.Won);
        }
        if (announcement.Told.Count == 0) return;
        _over[stop.RunKey] = announcement;
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
        var heard = listener.Heard.Where(announcement => announcement.KeptUntil > now).OrderBy(announcement => announcement.Number).ToArray();
        if (heard.Length == 0) return RunNotices.None;
        return new RunNotices
        {
            Invitations = [.. heard.Select(announcement => announcement.Invitation).OfType<Invitation>()],
            Stopped = [.. heard.Select(announcement => announcement.Stop).OfType<StopWork>()],
        };
    }

    /// <summary>What was counted of a prover's invitations.</summary>
    public InvitationTally TallyOf(string proverId) => _listeners.GetValueOrDefault(proverId)?.Counts.Tally() ?? new InvitationTally { Since = since };

    private Listener ListenerOf(string proverId)
    {
        ref var listener = ref CollectionsMarshal.GetValueRefOrAddDefault(_listeners, proverId, out _);
        return listener ??= new Listener(since);
    }

    private Announcement? Find(string runKey, DateTimeOffset now) => _open.GetValueOrDefault(runKey) is { } known && known.KeptUntil > now ? known : null;

    private Announcement Add(Invitation invitation)
    {
        if (_open.TryGetValue(invitation.RunKey, out var expired)) Drop(expired);
        return _open[invitation.RunKey] = new Announcement(_announced++) { KeptUntil = invitation.HardDeadline };
    }

    /// <summary>A prover has nothing to hear of a run any more.</summary>
    private bool Leave(string prover, Announcement announcement) => announcement.Told.Remove(prover) && ListenerOf(prover).Heard.Remove(announcement);

    private void Forget(DateTimeOffset now)
    {
        while (_overInOrder.TryPeek(out var oldest) && oldest.Until <= now)
        {
            if (_over.Remove(_overInOrder.Dequeue().RunKey, out var announcement) && announcement is not null) Drop(announcement);
        }
        if (now < _looksAt) return;
        _looksAt = now + keepStops;
        foreach (var (runKey, announcement) in _open)
        {
            if (announcement.KeptUntil > now) continue;
            _open.Remove(runKey);
            Drop(announcement);
        }
    }

    private void Drop(Announcement announcement)
    {
        foreach (var prover in announcement.Told) ListenerOf(prover).Heard.Remove(announcement);
        announcement.Told.Clear();
        (announcement.Invitation, announcement.Stop) = (null, null);
    }

    /// <summary>A run that was announced.</summary>
    private sealed class Announcement(long number)
    {
        /// <summary>The order of announcements.</summary>
        public long Number { get; } = number;

        /// <summary>As long as it is open.</summary>
        public Invitation? Invitation { get; set; }

        /// <summary>Who was invited; once it is over, who has heard that from here.</summary>
        public HashSet<string> Told { get; } = new(StringComparer.Ordinal);

        /// <summary>When it is over.</summary>
        public StopWork? Stop { get; set; }

        public DateTimeOffset KeptUntil { get; set; }
    }

    /// <summary>A prover that was invited.</summary>
    private sealed class Listener(DateTimeOffset since)
    {
        /// <summary>What it was invited to and may have to hear again.</summary>
        public HashSet<Announcement> Heard { get; } = [];

        public InvitationCounts Counts { get; } = new(since);
    }
}
