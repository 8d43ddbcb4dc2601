using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;

namespace ProvingMarket.Domain.Registry;

/// <summary>The rules of a registry shard; those of stake that leaves are <see cref="UnbondingRules"/>. Each returns the new state, or the same instance with a refusal. After every rule holds, for
/// each prover: leases ≤ slots, sum of bonds ≤ stake, stake ≥ 0, no lease held that has ended (<see cref="Violation(RegistryState)"/>).</summary>
public static class RegistryRules
{
    /// <summary>Refuses a session that is not the prover's current one. It does not say which: whoever knows a session acts in the prover's name, and refusals are logged and shown.</summary>
    public static Refusal SessionUnknown { get; } = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session");

    /// <summary>Registers or replaces a prover's offer. A prover id stays with its account, and slots never fall below leases held. The same offer again changes nothing.</summary>
    public static (RegistryState State, Refusal? Refusal) Register(RegistryState state, ProverOffer offer)
    {
        if (ProverRules.Check(offer) is { } malformed) return (state, malformed);
        if (!state.Provers.TryGetValue(offer.ProverId, out var known))
            return (With(state, new ProverRecord { Offer = offer }), null);
        if (known.Offer.Account != offer.Account)
            return (state, Refusal.Of(ReasonCode.ProverIdConflict, "account", $"the account {known.Offer.Account} that registered prover {offer.ProverId}", offer.Account));
        if (offer.Slots < known.Leases.Count)
            return (state, Refusal.Of(ReasonCode.SlotsFull, "slots", $"at least the {known.Leases.Count} in use", $"{offer.Slots}"));
        // Workers register whenever they connect, nearly always with the same offer: nothing to write.
        return IsSame(known.Offer, offer) ? (state, null) : (With(state, known with { Offer = offer, Track = TrackRules.Keep(known.Track, offer.Programs) }), null);
    }

    /// <summary>Reserves a slot and a bond together, or neither. Repeating a lease id that is held returns the lease it has.</summary>
    public static (RegistryState State, Lease? Lease, Refusal? Refusal) Reserve(
        RegistryState state, ReserveCommand command, ProverPresence? presence, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(command.ProverId, out var prover))
            return (state, null, Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", command.ProverId));
        if (CheckPresence(presence, command.Session, now) is { } absent) return (state, null, absent);
        if (prover.Leases.TryGetValue(command.LeaseId, out var held)) return (state, held, null);
        if (state.Ended.Contains(command.LeaseId))
            return (state, null, Refusal.Of(ReasonCode.LeaseEnded, "leaseId", "a lease that has not ended", command.LeaseId));
        if (CheckReservation(prover, command, presence!, now) is { } refusal) return (state, null, refusal);

        var lease = new Lease
        {
            LeaseId = command.LeaseId, ProgramId = command.ProgramId, Bond = command.Bond, GrantedAt = now, Deadline = command.Deadline, Work = command.Work,
        };
        return (With(state, prover with { Leases = prover.Leases.Add(lease.LeaseId, lease) }), lease, null);
    }

    /// <summary>Reserves for several provers at once, in the order of the commands, until <paramref name="wanted"/> are granted: those further
    /// behind are backups for those that are refused. Each is decided as in <see cref="Reserve"/>, on the state that the ones before it left.</summary>
    /// <returns>The state, and an outcome for each command: a lease, a refusal, or neither when it was not needed.</returns>
    public static (RegistryState State, ImmutableArray<(Lease? Lease, Refusal? Refusal)> Outcomes) ReserveMany(
        RegistryState state, ImmutableArray<ReserveCommand> commands, int wanted, Func<string, ProverPresence?> presences, DateTimeOffset now)
    {
        var outcomes = ImmutableArray.CreateBuilder<(Lease?, Refusal?)>(commands.Length);
        var granted = 0;
        foreach (var command in commands)
        {
            if (granted >= wanted)
            {
                outcomes.Add((null, null));
                continue;
            }
            (state, var lease, var refusal) = Reserve(state, command, presences(command.ProverId), now);
            if (lease is not null) granted++;
            outcomes.Add((lease, refusal));
        }
        return (state, outcomes.MoveToImmutable());
    }

    /// <summary>The offer of a prover, for a session that acts in its name: the current one only, whether it is draining or not.</summary>
    public static (ProverOffer? Offer, Refusal? Refusal) FindOffer(
        RegistryState state, string proverId, string session, ProverPresence? presence, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover))
            return (null, Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", proverId));
        return presence is not null && presence.Session == session && presence.LiveUntil > now
            ? (prover.Offer, null)
            : (null, SessionUnknown);
    }

    /// <summary>Ends a lease: the slot is free, the bond released, or taken from the stake, wholly or by the penalty, when it was missed. Ending a lease that is not
    /// held changes no money and keeps a late reservation from bringing it back. Returns what was slashed.</summary>
    public static (RegistryState State, Credits Slashed) EndLease(
        RegistryState state, string leaseId, LeaseEnding ending, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(ending.ProverId, out var prover)) return (state, Credits.Zero);
        var remembered = NoteEnded(state, leaseId, now);
        if (!prover.Leases.TryGetValue(leaseId, out var lease)) return (remembered, Credits.Zero);

        var slashed = ending.Outcome == LeaseOutcome.Miss ? Credits.Min(ending.Penalty ?? lease.Bond, lease.Bond) : Credits.Zero;
        return (With(remembered, prover with
        {
            Leases = prover.Leases.Remove(leaseId),
            Stake = prover.Stake - slashed,
            Slashed = prover.Slashed + slashed,
            Completed = prover.Completed + (ending.Outcome == LeaseOutcome.Complete ? 1 : 0),
            Missed = prover.Missed + (ending is { Outcome: LeaseOutcome.Miss, IsFailure: true } ? 1 : 0),
            Lapsed = prover.Lapsed + (ending.Outcome == LeaseOutcome.Lapse ? 1 : 0),
            Track = TrackRules.After(prover.Track, lease, ending, now),
        }), slashed);
    }

    /// <summary>Adds stake that has left the prover's account. Applied at most once an entry id. Earlier entries are forgotten once no retry of them can come:
    /// the prover is not moving them any more, and what it called before cannot be on its way any more (<see cref="MarketLimits.LateCall"/>).</summary>
    /// <param name="state">The shard.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="entryId">The movement.</param>
    /// <param name="amount">How much.</param>
    /// <param name="moving">The movements that the prover had not finished when it called.</param>
    /// <param name="now">The time.</param>
    public static (RegistryState State, Refusal? Refusal) AddStake(
        RegistryState state, string proverId, string entryId, Credits amount, ImmutableArray<string> moving, DateTimeOffset now)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover))
            return (state, Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", proverId));
        if (prover.StakeEntries.TryGetValue(entryId, out var applied))
        {
            // Other calls for it may have been made until now: it is remembered from the last one that came.
            if (applied.Amount == amount && now <= applied.At) return (state, null);
            return applied.Amount == amount
                ? (With(state, prover with { StakeEntries = prover.StakeEntries.SetItem(entryId, applied with { At = now }) }), null)
                : (state, Refusal.Of(ReasonCode.EntryConflict, "amount", $"{applied.Amount} credits, as applied before under {entryId}", amount.ToString()));
        }
        if (Amounts.Check(amount) is { } unusable) return (state, unusable);
        if (prover.Stake.Micro > long.MaxValue - amount.Micro)
            return (state, Refusal.Of(ReasonCode.BalanceOverflow, "amount", "a representable stake", amount.ToString()));
        var settled = prover.StakeEntries.Where(entry => entry.Value.At < now - MarketLimits.LateCall && !moving.Contains(entry.Key)).Select(entry => entry.Key);
        return (With(state, prover with
        {
            Stake = prover.Stake + amount,
            Staked = prover.Staked + amount,
            StakeEntries = prover.StakeEntries.RemoveRange(settled.ToArray()).Add(entryId, new StakeEntry { Amount = amount, At = now }),
        }), null);
    }

    /// <summary>The first prover that breaks an invariant, in words; null when all hold.</summary>
    public static string? Violation(RegistryState state) =>
        state.Provers.Values.Select(prover => Violation(state, prover)).FirstOrDefault(violation => violation is not null);

    /// <summary>The invariant this prover of a shard breaks, in words; null when all hold.</summary>
    public static string? Violation(RegistryState state, ProverRecord prover)
    {
        var id = prover.Offer.ProverId;
        if (prover.Stake < Credits.Zero) return $"prover {id} has negative stake {prover.Stake}";
        if (prover.Leases.Count > prover.Offer.Slots) return $"prover {id} holds {prover.Leases.Count} leases on {prover.Offer.Slots} slots";
        if (prover.LockedBond > prover.Stake) return $"prover {id} has bonds {prover.LockedBond} over stake {prover.Stake}";
        var risen = prover.Leases.IsEmpty ? null : prover.Leases.Keys.FirstOrDefault(state.Ended.Contains);
        return risen is null ? null : $"prover {id} holds lease {risen}, which has ended";
    }

    private static bool IsSame(ProverOffer known, ProverOffer offer) => known == offer with { Programs = known.Programs, Hardware = known.Hardware }
        && known.Programs.SequenceEqual(offer.Programs) && known.Hardware.SequenceEqual(offer.Hardware);

    private static Refusal? CheckPresence(ProverPresence? presence, string session, DateTimeOffset now) =>
        presence is null || (session.Length > 0 && presence.Session != session) || presence.LiveUntil <= now
            ? SessionUnknown
            : null;

    private static Refusal? CheckReservation(ProverRecord prover, ReserveCommand command, ProverPresence presence, DateTimeOffset now)
    {
        if (presence.Draining) return Refusal.Of(ReasonCode.ProverNotLive, "proverId", "a prover that takes work", command.ProverId);
        if (command.Deadline <= now)
            return Refusal.Of(ReasonCode.LeaseDeadlinePassed, "deadline", $"after {now:O}", $"{command.Deadline:O}");
        if (!prover.Offer.Programs.Contains(command.ProgramId))
            return Refusal.Of(ReasonCode.ProgramNotServed, "programId", "a program the prover offers", command.ProgramId);
        if ((Eligibility.CheckLists(command.ProverId, command.Constraints) ?? Eligibility.CheckQualities(prover, command.Constraints)) is { } unfit)
            return unfit;
        if ((TrackRules.CheckPause(prover, now) ?? TrackRules.CheckTime(prover, command.ProgramId, command.Work, command.Deadline, now)) is { } unable)
            return unable;
        if (prover.Leases.Count >= prover.Offer.Slots)
            return Refusal.Of(ReasonCode.SlotsFull, "slots", $"fewer than {prover.Offer.Slots} in use", $"{prover.Leases.Count}");
        if (command.Bond < Credits.Zero) return Refusal.Of(ReasonCode.OutOfRange, "bond", "at least 0 credits", command.Bond.ToString());
        if (prover.Offer.MaxBond is { } most && command.Bond > most)
            return Refusal.Of(ReasonCode.BondAboveLimit, "bond", $"at most {most} credits, the prover's own limit", command.Bond.ToString());
        return command.Bond > prover.FreeStake
            ? Refusal.Of(ReasonCode.StakeInsufficient, "bond", $"at most the free stake of {prover.FreeStake} credits", command.Bond.ToString())
            : null;
    }

    /// <summary>Notes that a lease ended, unless that is known. Also when its deadline has passed: it may have been reserved for longer before, and that reservation may be
    /// on its way a second time.</summary>
    private static RegistryState NoteEnded(RegistryState state, string leaseId, DateTimeOffset now) =>
        state.Ended.Add(leaseId, now) is var ended && ReferenceEquals(ended, state.Ended) ? state : state with { Ended = ended };

    private static RegistryState With(RegistryState state, ProverRecord prover) =>
        state with { Provers = state.Provers.SetItem(prover.Offer.ProverId, prover) };
}
