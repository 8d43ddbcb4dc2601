using System.Collections.Immutable;

namespace ProvingMarket.Domain.Registry;

/// <summary>Which deposits a shard has to look after: announced before anything of them is written or debited elsewhere, so that none is forgotten when
/// everything crashes. It moves no money. Each rule returns the new state, or the same instance when nothing changes, and may be repeated.</summary>
public static class ComingStakeRules
{
    /// <summary>Stake is about to set out for a prover. One that is not registered has none.</summary>
    public static RegistryState Announced(RegistryState state, string proverId, string movement) =>
        state.Provers.TryGetValue(proverId, out var prover) ? With(state, prover, prover.ComingStake.Add(movement)) : state;

    /// <summary>Nothing of these movements is on its way any more: they have arrived, or never set out.</summary>
    public static RegistryState Ended(RegistryState state, string proverId, ImmutableArray<string> movements) =>
        state.Provers.TryGetValue(proverId, out var prover) ? With(state, prover, prover.ComingStake.Except(movements)) : state;

    private static RegistryState With(RegistryState state, ProverRecord prover, ImmutableHashSet<string> coming) => ReferenceEquals(coming, prover.ComingStake)
        ? state
        : state with { Provers = state.Provers.SetItem(prover.Offer.ProverId, prover with { ComingStake = coming }) };
}
