using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>An invitation that waits for a slot.</summary>
internal sealed record QueuedInvitation
{
    public required Invitation Invitation { get; init; }

    /// <summary>When it came.</summary>
    public DateTimeOffset ArrivedAt { get; init; }

    /// <summary>Not to be tried before.</summary>
    public DateTimeOffset NotBefore { get; init; } = DateTimeOffset.MinValue;

    /// <summary>How often the run has put the worker off.</summary>
    public int Postponed { get; init; }

    /// <summary>What keeps it from being taken.</summary>
    public ReasonCode WaitsFor { get; init; } = ReasonCode.SlotsFull;

    /// <summary>When it is too late to wait any more, because an answer is wanted; null when none is.</summary>
    public DateTimeOffset? DeclineAt { get; init; }

    public string RunKey => Invitation.RunKey;
}

/// <summary>Invitations in the order they are worked on: leases that are reserved first, since nobody else can take them and the market counts their slots as taken
/// already; then earliest hard deadline first, then first come. A later deadline never overtakes, and no more leases are reserved than the prover has slots, so
/// nothing starves behind newcomers. Bounded: the last in that order has to go. Not thread-safe.</summary>
internal sealed class InvitationQueue(int capacity)
{
    private readonly Dictionary<string, Entry> _byRun = [];
    private readonly SortedSet<Entry> _ordered = new(Order.Instance);
    private long _arrivals;

    public int Count => _byRun.Count;

    /// <summary>What waits of a run; null when nothing does.</summary>
    public QueuedInvitation? Find(string runKey) => _byRun.GetValueOrDefault(runKey)?.Queued;

    /// <summary>Adds an invitation unless its run is known. Returns what had to go for it, which may be itself; null when there was room.</summary>
    public QueuedInvitation? Add(QueuedInvitation invitation)
    {
        var entry = new Entry(invitation, _arrivals++);
        if (!_byRun.TryAdd(invitation.RunKey, entry)) return null;
        _ordered.Add(entry);
        return _byRun.Count <= capacity ? null : Take(_ordered.Max!);
    }

    /// <summary>Takes the first invitation that may be tried now, of all or of the leases that are reserved; null when there is none.</summary>
    public QueuedInvitation? TakeReady(DateTimeOffset now, bool onlyReserved = false) => FirstReady(now, onlyReserved) is { } first ? Take(first) : null;

    /// <summary>Whether there is an invitation that may be tried now, among all or among the leases that are reserved.</summary>
    public bool HasReady(DateTimeOffset now, bool onlyReserved = false) => FirstReady(now, onlyReserved) is not null;

    /// <summary>Takes out what has expired.</summary>
    public ImmutableArray<QueuedInvitation> TakeExpired(DateTimeOffset now) =>
        TakeAll(static (queued, now) => queued.Invitation.HardDeadline <= now, now);

    /// <summary>Takes out what cannot wait any longer because an answer is wanted.</summary>
    public ImmutableArray<QueuedInvitation> TakeUnanswered(DateTimeOffset now) => TakeAll(static (queued, now) => queued.DeclineAt <= now, now);

    /// <summary>Takes out everything that a run waits for this prover to answer.</summary>
    public ImmutableArray<QueuedInvitation> TakeOwed() => TakeAll(static (queued, open) => queued.Invitation.Kind != open, InvitationKind.Open);

    /// <summary>Takes out a run that is over.</summary>
    public bool Remove(string runKey) => _byRun.TryGetValue(runKey, out var entry) && Take(entry) is not null;

    /// <summary>When the queue next needs attention by itself: something expires, may be tried, or wants an answer. Null when never.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset now)
    {
        if (Count == 0) return null;
        DateTimeOffset? next = null;
        foreach (var (queued, _) in _ordered)
        {
            Consider(queued.Invitation.HardDeadline);
            if (queued.NotBefore > now) Consider(queued.NotBefore);
            if (queued.DeclineAt is { } declineAt) Consider(declineAt);
        }
        return next;

        void Consider(DateTimeOffset at)
        {
            if (next is null || at < next) next = at;
        }
    }

    private Entry? FirstReady(DateTimeOffset now, bool onlyReserved)
    {
        if (Count == 0) return null;
        foreach (var entry in _ordered)
        {
            if (entry.Queued.NotBefore <= now && (!onlyReserved || entry.Queued.Invitation.Kind == InvitationKind.Assigned)) return entry;
        }
        return null;
    }

    private ImmutableArray<QueuedInvitation> TakeAll<T>(Func<QueuedInvitation, T, bool> isWanted, T than)
    {
        // Mostly nothing waits.
        if (Count == 0) return [];
        var wanted = new List<Entry>();
        foreach (var entry in _ordered)
        {
            if (isWanted(entry.Queued, than)) wanted.Add(entry);
        }
        return [.. wanted.Select(Take)];
    }

    private QueuedInvitation Take(Entry entry)
    {
        _ordered.Remove(entry);
        _byRun.Remove(entry.Queued.RunKey);
        return entry.Queued;
    }

    private sealed record Entry(QueuedInvitation Queued, long Arrival);

    private sealed class Order : IComparer<Entry>
    {
        public static readonly Order Instance = new();

        public int Compare(Entry? x, Entry? y)
        {
            var (one, other) = (x!.Queued.Invitation, y!.Queued.Invitation);
            var byKind = (other.Kind == InvitationKind.Assigned).CompareTo(one.Kind == InvitationKind.Assigned);
            var byDeadline = byKind != 0 ? byKind : one.HardDeadline.CompareTo(other.HardDeadline);
            return byDeadline != 0 ? byDeadline : x.Arrival.CompareTo(y.Arrival);
        }
    }
}
