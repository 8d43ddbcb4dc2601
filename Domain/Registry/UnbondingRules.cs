namespace ProvingMarket.Domain.Registry;

/// <summary>How stake leaves: it is asked for, waits for its delay and for the bonds on it, is released, and is paid to the prover's account. Each rule
/// returns the new state, or the same instance with a refusal; each may be repeated.</summary>
public static class UnbondingRules
{
    /// <summary>Begins to take stake out. Stake under current bonds may be asked for, too: it waits until they end. Repeating an entry id returns what is
    /// known of it.</summary>
    public static (RegistryState State, UnbondingStake? Unbonding, Refusal? Refusal) Begin(
        RegistryState state, string proverId, string entryId, Credits amount, DateTimeOffset now, TimeSpan delay)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover)) return (state, null, Unknown(proverId));
        if (prover.Unbonding.TryGetValue(entryId, out var known))
        {
            return known.Amount == amount
                ? (state, known, null)
                : (state, null, Refusal.Of(ReasonCode.EntryConflict, "amount", $"{known.Amount} credits, as asked for before under {entryId}", amount.ToString()));
        }
        // An account takes no more at once.
        if (Amounts.Check(amount) is { } unusable) return (state, null, unusable);
        if (amount > prover.StayingStake)
            return (state, null, Refusal.Of(ReasonCode.StakeInsufficient, "amount", $"at most the stake of {prover.StayingStake} credits that does not leave already", amount.ToString()));
        var unbonding = new UnbondingStake { Amount = amount, FreeAt = now + delay };
        return (With(state, prover, entryId, unbonding), unbonding, null);
    }

    /// <summary>Takes stake out whose delay is over, if no bond needs it: what was asked for, or what slashing has left of it. From then on it is on its way to
    /// the account and cannot be slashed any more.</summary>
    public static (RegistryState State, UnbondingStake? Unbonding, Refusal? Refusal) Release(
        RegistryState state, string proverId, string entryId, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover)) return (state, null, Unknown(proverId));
        if (!prover.Unbonding.TryGetValue(entryId, out var unbonding))
            return (state, null, Refusal.Of(ReasonCode.UnbondingUnknown, "entryId", "stake that is to leave", entryId));
        if (unbonding.Released is not null) return (state, unbonding, null);
        if (now < unbonding.FreeAt) return (state, null, Refusal.Of(ReasonCode.StakeUnbonding, "time", $"at least {unbonding.FreeAt:O}", $"{now:O}"));
        var leaving = Credits.Min(unbonding.Amount, prover.Stake);
        if (leaving > prover.Stake - prover.LockedBond)
            return (state, null, Refusal.Of(ReasonCode.StakeUnbonding, "bonds", $"at most {prover.Stake - leaving} credits, so that the rest can leave", prover.LockedBond.ToString()));
        var released = unbonding with { Released = leaving, ReleasedAt = now };
        return (With(state, prover with { Stake = prover.Stake - leaving, Unstaked = prover.Unstaked + leaving }, entryId, released), released, null);
    }

    /// <summary>Notes that released stake is on the account, and that the prover knows it for ever. Earlier entries are forgotten once no call for them can be on
    /// its way any more (<see cref="MarketLimits.LateCall"/>).</summary>
    public static RegistryState Paid(RegistryState state, string proverId, string entryId, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover) || !prover.Unbonding.TryGetValue(entryId, out var unbonding)) return state;
        if (unbonding is not { Released: not null, IsPaid: false }) return state;
        var settled = prover.Unbonding.Where(entry => entry.Value.IsPaid && entry.Value.PaidAt < now - MarketLimits.LateCall).Select(entry => entry.Key);
        var kept = prover with { Unbonding = prover.Unbonding.RemoveRange(settled.ToArray()) };
        return With(state, kept, entryId, unbonding with { IsPaid = true, PaidAt = now });
    }

    private static Refusal Unknown(string proverId) => Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", proverId);

    private static RegistryState With(RegistryState state, ProverRecord prover, string entryId, UnbondingStake unbonding) => state with
    {
        Provers = state.Provers.SetItem(prover.Offer.ProverId, prover with { Unbonding = prover.Unbonding.SetItem(entryId, unbonding) }),
    };
}
