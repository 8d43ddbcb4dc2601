using System.Collections.Immutable;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Registry;

/// <summary>How a registry shard is stored: the records of the provers that changed, and the leases that ended.</summary>
public static class RegistryJournal
{
    /// <summary>The name of the records.</summary>
    public const string Name = "registry";

    // An ended lease is much smaller than a prover.
    private const int EndedPerProver = 16;

    /// <summary>The shape of a shard's journal.</summary>
    public static readonly JournalShape<RegistryState, RegistryEntry> Shape =
        new(Name, RegistryState.Empty, Apply, state => state.Provers.Count + (state.Ended.Count / EndedPerProver))
        {
            // There are few shards, each loaded once: better to load more than to write the whole shard often.
            EntriesAfterHead = 1_024,
            Condense = entries => entries.Reverse().DistinctBy(entry => entry.Prover?.Offer.ProverId ?? entry.EndedLease).Reverse(),
        };

    private static RegistryState Apply(RegistryState state, RegistryEntry entry) => entry switch
    {
        { Prover: { } prover } => state with { Provers = state.Provers.SetItem(prover.Offer.ProverId, prover) },
        { EndedLease: { } lease } => state with { Ended = state.Ended.Add(lease, entry.EndedAt) },
        _ => throw new InvalidOperationException("An entry of a registry shard says nothing."),
    };
}

/// <summary>A change of a shard: a prover's record as it has become, or a lease that ended.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryEntry")]
public sealed record RegistryEntry
{
    /// <summary>The prover; null when it is about a lease.</summary>
    [Id(0)] public ProverRecord? Prover { get; init; }

    /// <summary>The lease; null when it is about a prover.</summary>
    [Id(1)] public string? EndedLease { get; init; }

    /// <summary>When the lease ended.</summary>
    [Id(2)] public DateTimeOffset EndedAt { get; init; }

    /// <summary>A prover has changed.</summary>
    public static implicit operator RegistryEntry(ProverRecord prover) => new() { Prover = prover };
}

/// <summary>A registry shard as of one page.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryHead")]
public sealed record RegistryHead : IJournalHead<RegistryHead, RegistryState>
{
    /// <inheritdoc/>
    [Id(0)] public required RegistryState? State { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    [Id(2)] public int PagesAfter { get; init; }

    /// <inheritdoc/>
    [Id(3)] public HeadPieces? Pieces { get; init; }

    /// <inheritdoc/>
    public static RegistryHead Of(RegistryState? state, long page, int pagesAfter, HeadPieces? pieces) =>
        new() { State = state, Page = page, PagesAfter = pagesAfter, Pieces = pieces };
}

/// <summary>What one write changed of a shard.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryPage")]
public sealed record RegistryPage : IJournalPage<RegistryPage, RegistryEntry>
{
    /// <inheritdoc/>
    [Id(0)] public required long Number { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required ImmutableArray<RegistryEntry> Entries { get; init; }

    /// <inheritdoc/>
    public static RegistryPage Of(long number, ImmutableArray<RegistryEntry> entries) => new() { Number = number, Entries = entries };
}
