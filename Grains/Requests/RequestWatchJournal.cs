using System.Collections.Immutable;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Requests;

/// <summary>Open requests of a shard, and those that have ended and are still kept.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchState")]
public sealed record RequestWatchState
{
    /// <summary>Their ids.</summary>
    [Id(0)] public ImmutableHashSet<string> Open { get; init; } = [];

    /// <summary>Those that have ended last, with the time, until there are enough for a batch.</summary>
    [Id(1)] public ImmutableDictionary<string, DateTimeOffset> Ended { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The number of the oldest batch of those that ended before (<see cref="EndedBatch"/>).</summary>
    [Id(2)] public long FirstBatch { get; init; }

    /// <summary>The number of the next batch.</summary>
    [Id(3)] public long NextBatch { get; init; }
}

/// <summary>A request was opened or has ended; or, with <see cref="Kept"/>, requests that have ended were moved or deleted.</summary>
[GenerateSerializer, Immutable, Alias("pm.WatchEntry")]
public sealed record WatchEntry
{
    /// <summary>The request; empty with <see cref="Kept"/>.</summary>
    [Id(0)] public string RequestId { get; init; } = "";

    /// <summary>Whether it is open.</summary>
    [Id(1)] public bool IsOpen { get; init; }

    /// <summary>When it ended; null while it is open, and when it has no records.</summary>
    [Id(2)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What was moved or deleted; null when the entry is about one request.</summary>
    [Id(3)] public KeptRequests? Kept { get; init; }

    /// <summary>A request was opened.</summary>
    public static WatchEntry Opened(string requestId) => new() { RequestId = requestId, IsOpen = true };

    /// <summary>A request has ended.</summary>
    public static WatchEntry Closed(string requestId, DateTimeOffset? endedAt) => new() { RequestId = requestId, EndedAt = endedAt };
}

/// <summary>Requests that have ended were moved to a batch, or deleted.</summary>
[GenerateSerializer, Immutable, Alias("pm.KeptRequests")]
public sealed record KeptRequests
{
    /// <summary>Those that the shard does not list itself any more.</summary>
    [Id(0)] public required ImmutableArray<string> Moved { get; init; }

    /// <summary>The number of the oldest batch from now on.</summary>
    [Id(1)] public required long FirstBatch { get; init; }

    /// <summary>The number of the next batch from now on.</summary>
    [Id(2)] public required long NextBatch { get; init; }
}

/// <summary>How the open requests of a shard are stored.</summary>
public static class RequestWatchJournal
{
    /// <summary>The name of the records.</summary>
    public const string Name = "watch";

    /// <summary>The shape of a shard's journal.</summary>
    public static readonly JournalShape<RequestWatchState, WatchEntry> Shape = new(Name, new RequestWatchState(), Note, state => state.Open.Count + state.Ended.Count)
    {
        // There are few shards, each loaded once: better to load more than to write the whole shard often.
        EntriesAfterHead = 1_024,
        // Of a request the last entry says all; what was moved or deleted stays where it is among them.
        Condense = entries => entries.Reverse().DistinctBy(entry => entry.Kept is { } kept ? (object)kept : entry.RequestId).Reverse(),
    };

    private static RequestWatchState Note(RequestWatchState state, WatchEntry entry) => entry switch
    {
        { Kept: { } kept } => state with { Ended = state.Ended.RemoveRange(kept.Moved), FirstBatch = kept.FirstBatch, NextBatch = kept.NextBatch },
        { IsOpen: true } => state with { Open = state.Open.Add(entry.RequestId), Ended = state.Ended.Remove(entry.RequestId) },
        { EndedAt: { } endedAt } => state with { Open = state.Open.Remove(entry.RequestId), Ended = state.Ended.SetItem(entry.RequestId, endedAt) },
        _ => state with { Open = state.Open.Remove(entry.RequestId) },
    };
}

/// <summary>A watch shard as of one page.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchHead")]
public sealed record RequestWatchHead : IJournalHead<RequestWatchHead, RequestWatchState>
{
    /// <inheritdoc/>
    [Id(0)] public required RequestWatchState? State { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    [Id(2)] public int PagesAfter { get; init; }

    /// <inheritdoc/>
    [Id(3)] public HeadPieces? Pieces { get; init; }

    /// <inheritdoc/>
    public static RequestWatchHead Of(RequestWatchState? state, long page, int pagesAfter, HeadPieces? pieces) =>
        new() { State = state, Page = page, PagesAfter = pagesAfter, Pieces = pieces };
}

/// <summary>What one write changed of a watch shard.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchPage")]
public sealed record RequestWatchPage : IJournalPage<RequestWatchPage, WatchEntry>
{
    /// <inheritdoc/>
    [Id(0)] public required long Number { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required ImmutableArray<WatchEntry> Entries { get; init; }

    /// <inheritdoc/>
    public static RequestWatchPage Of(long number, ImmutableArray<WatchEntry> entries) => new() { Number = number, Entries = entries };
}
