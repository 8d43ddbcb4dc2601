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
