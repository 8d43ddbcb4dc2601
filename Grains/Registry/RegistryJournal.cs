using System.Collections.Immutable;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Registry;

/// <summary>How a registry shard is stored: the records of the provers that changed.</summary>
public static class RegistryJournal
{
    /// <summary>The name of the records.</summary>
    public const string Name = "registry";

    /// <summary>The shape of a shard's journal. An entry is a prover's record as it has become.</summary>
    public static readonly JournalShape<RegistryState, ProverRecord> Shape =
        new(Name, RegistryState.Empty, Replace, state => state.Provers.Count)
        {
            Condense = entries => entries.Reverse().DistinctBy(entry => entry.Offer.ProverId).Reverse(),
        };

    private static RegistryState Replace(RegistryState state, ProverRecord prover) =>
        state with { Provers = state.Provers.SetItem(prover.Offer.ProverId, prover) };
}

/// <summary>A registry shard as of one page.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryHead")]
public sealed record RegistryHead : IJournalHead<RegistryHead, RegistryState>
{
    /// <inheritdoc/>
    [Id(0)] public required RegistryState State { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    public static RegistryHead Of(RegistryState state, long page) => new() { State = state, Page = page };
}

/// <summary>The provers of a shard that one write changed.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryPage")]
public sealed record RegistryPage : IJournalPage<RegistryPage, ProverRecord>
{
    /// <inheritdoc/>
    [Id(0)] public required long Number { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required ImmutableArray<ProverRecord> Entries { get; init; }

    /// <inheritdoc/>
    public static RegistryPage Of(long number, ImmutableArray<ProverRecord> entries) => new() { Number = number, Entries = entries };
}
