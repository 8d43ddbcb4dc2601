using System.Collections.Immutable;
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

    public string RunKey => Invitation.RunKey;
}

/// <summary>Invitations in the order they are worked on: earliest hard deadline first, then first come. A later deadline never overtakes,
/// so nothing starves behind newcomers. Bounded: the latest deadline has to go. Not thread-safe.</summary>
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

    /// <summary>Takes the first invitation that may be tried now; null when there is none.</summary>
    public QueuedInvitation? TakeReady(DateTimeOffset now) =>
        _ordered.FirstOrDefault(entry => entry.Queued.NotBefore <= now) is { } first ? Take(first) : null;

    /// <summary>Whether there is an invitation that may be tried now.</summary>
    public bool HasReady(DateTimeOffset now) => _ordered.Any(entry => entry.Queued.NotBefore <= now);

    /// <summary>Takes out what has expired.</summary>
    public ImmutableArray<QueuedInvitation> TakeExpired(DateTimeOffset now) =>
        [.. _ordered.TakeWhile(entry => entry.Queued.Invitation.HardDeadline <= now).ToArray().Select(Take)];

    /// <summary>Takes out a run that is over.</summary>
    public bool Remove(string runKey) => _byRun.TryGetValue(runKey, out var entry) && Take(entry) is not null;

    /// <summary>When the queue next needs attention by itself: something expires, or may be tried. Null when never.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset now)
    {
        if (_ordered.Min is not { } first) return null;
        var next = first.Queued.Invitation.HardDeadline;
        foreach (var entry in _ordered)
        {
            if (entry.Queued.NotBefore > now && entry.Queued.NotBefore < next) next = entry.Queued.NotBefore;
        }
        return next;
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
            var byDeadline = x!.Queued.Invitation.HardDeadline.CompareTo(y!.Queued.Invitation.HardDeadline);
            return byDeadline != 0 ? byDeadline : x.Arrival.CompareTo(y.Arrival);
        }
    }
}
