using System.Collections.Immutable;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Requests;

/// <summary>Open requests of a shard.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchState")]
public sealed record RequestWatchState
{
    /// <summary>Their ids.</summary>
    [Id(0)] public ImmutableHashSet<string> Open { get; init; } = [];
}

/// <summary>A request was opened or has ended.</summary>
[GenerateSerializer, Immutable, Alias("pm.WatchEntry")]
public sealed record WatchEntry
{
    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Whether it is open.</summary>
    [Id(1)] public required bool IsOpen { get; init; }
}

/// <summary>How the open requests of a shard are stored.</summary>
public static class RequestWatchJournal
{
    /// <summary>The name of the records.</summary>
    public const string Name = "watch";

    /// <summary>The shape of a shard's journal.</summary>
    public static readonly JournalShape<RequestWatchState, WatchEntry> Shape = new(Name, new RequestWatchState(), Note, state => state.Open.Count)
    {
        Condense = entries => entries.Reverse().DistinctBy(entry => entry.RequestId).Reverse(),
    };

    private static RequestWatchState Note(RequestWatchState state, WatchEntry entry) =>
        new() { Open = entry.IsOpen ? state.Open.Add(entry.RequestId) : state.Open.Remove(entry.RequestId) };
}

/// <summary>A watch shard as of one page.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestWatchHead")]
public sealed record RequestWatchHead : IJournalHead<RequestWatchHead, RequestWatchState>
{
    /// <inheritdoc/>
    [Id(0)] public required RequestWatchState State { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    public static RequestWatchHead Of(RequestWatchState state, long page) => new() { State = state, Page = page };
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
