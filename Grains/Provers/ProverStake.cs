using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>Moves a prover's stake between its account and the registry, one movement at a time. On the way in it is noted here before it leaves the
/// account; on the way out the registry has noted it. Each step may be repeated, so a movement that was cut off is carried on. Before either, <paramref name="remind"/> has
/// registered the reminder that wakes this prover until nothing moves any more, and the registry shard knows that the silo has to wake it at its start.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed partial class ProverStake(
    IGrainBase grain, Func<Task> remind, string proverId, ITaskRegistryGrain registry, DurableRecord<ProverState> durable, SettledStakes settled, IGrainFactory grains, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan MoveAgainAfter = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private IGrainTimer? _moving;

    private string Counterparty => $"stake:{proverId}";

    private ImmutableDictionary<string, PendingStake> Pending => durable.Value?.PendingStake ?? ImmutableDictionary<string, PendingStake>.Empty;

    private long Attempts => durable.Value?.Attempts ?? 0;

    /// <summary>Carries on with deposits that were cut off. They move beside everything else: a prover whose account cannot be reached still works.</summary>
    public void MoveWhatIsOnItsWay()
    {
        if (!Pending.IsEmpty) MoveLater(TimeSpan.Zero);
    }

    /// <summary>Moves credits from the account to the stake.</summary>
    public Task<Refusal?> DepositAsync(string entryId, Credits amount) => InTurnAsync(async () =>
    {
        if (!Pending.TryGetValue(entryId, out var pending))
        {
            var prover = await registry.GetProverAsync(proverId);
            if (prover is null) return Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", proverId);
            if (prover.StakeEntries.TryGetValue(Movement(entryId), out var staked)) return CheckSame(entryId, staked.Amount, amount);
            if (await settled.FindAsync(SettledStakes.In, entryId) is { } done) return CheckSame(entryId, done.Amount, amount);
            pending = new PendingStake { Account = prover.Offer.Account, Amount = amount, At = time.GetUtcNow(), Attempt = Attempts + 1 };
        }
        else if (CheckSame(entryId, pending.Amount, amount) is { } another)
        {
            return another;
        }

        // From here on the stake is on its way, whatever becomes of this call.
        MoveLater(MoveAgainAfter);
        if (!Pending.ContainsKey(entryId))
        {
            await remind();
            await registry.AnnounceStakeAsync(proverId, AttemptOf(entryId, pending));
            await WriteAsync(Pending.Add(entryId, pending), pending.Attempt);
        }
        return await MoveInAsync(entryId, pending);
    });

    /// <summary>Begins to move stake out, and pays it when that can be done already. Repeated later, it tells how far it is.</summary>
    public Task<UnbondAnswer> UnbondAsync(string entryId, Credits amount) => InTurnAsync(async () =>
    {
        if (await settled.FindAsync(SettledStakes.Out, entryId) is { } done)
        {
            return CheckSame(entryId, done.Amount, amount, "asked for") is { } another
                ? new UnbondAnswer { Refusal = another }
                : new UnbondAnswer { Unbonding = done.Unbonding };
        }
        // Whatever becomes of this call, stake that has begun to leave is looked after.
        await remind();
        var answer = await registry.UnbondStakeAsync(proverId, entryId, amount);
        if (answer.Unbonding is not { IsPaid: false }) return answer;
        return await PayAsync(entryId) is { } paid ? new UnbondAnswer { Unbonding = paid } : answer;
    });

    /// <summary>Pays whatever can leave; what cannot be paid just now keeps nothing else from it. Deposits that were announced and are not on their way, because they have arrived or
    /// were cut off before they set out, are announced no longer. True when some stake is left that is to leave, or is on its way.</summary>
    public Task<bool> LookAfterAsync() => InTurnAsync(async () =>
    {
        var prover = await registry.GetProverAsync(proverId);
        var isLeft = !Pending.IsEmpty;
        var ended = prover?.ComingStake.Except(Pending.Select(entry => AttemptOf(entry.Key, entry.Value))).Order(StringComparer.Ordinal).ToImmutableArray() ?? [];
        if (!ended.IsEmpty) await registry.EndAnnouncedStakeAsync(proverId, ended);
        foreach (var (entryId, _) in (prover?.Unbonding ?? []).Where(entry => !entry.Value.IsPaid).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            isLeft |= !await TryPayAsync(entryId);
        return isLeft;
    });

    private async Task<bool> TryPayAsync(string entryId)
    {
        try
        {
            return await PayAsync(entryId) is not null;
        }
        catch (Exception e)
        {
            LogStakeNotPaid(logger, proverId, entryId, e);
            return false;
        }
    }

    /// <summary>Out of the registry, then onto the account; null while it cannot leave.</summary>
    private async Task<Domain.Registry.UnbondingStake?> PayAsync(string entryId)
    {
        var answer = await registry.ReleaseStakeAsync(proverId, entryId);
        if (answer.Unbonding is not { Released: { } amount } released) return null;
        if (amount > Credits.Zero) await CreditAsync(entryId, amount, released.ReleasedAt);
        var paid = released with { IsPaid = true, PaidAt = time.GetUtcNow() };
        // Before the registry may forget it.
        await settled.NoteAsync(SettledStakes.Out, entryId, new SettledStake { Amount = paid.Amount, Unbonding = paid });
        await registry.NoteStakePaidAsync(proverId, entryId);
        return paid;
    }

    /// <summary>Onto the account. More than one movement may carry could be asked for under one entry once; it comes in several.</summary>
    private async Task CreditAsync(string entryId, Credits amount, DateTimeOffset releasedAt)
    {
        var account = grains.GetGrain<IAccountGrain>((await registry.GetProverAsync(proverId))!.Offer.Account);
        var (creditId, left) = ($"un{Movement(entryId)}", amount);
        for (var part = 2; left > Credits.Zero; part++)
        {
            var credited = Credits.Min(left, MarketLimits.Amount);
            if ((await account.CreditAsync(creditId, credited, Counterparty, releasedAt)).Refusal is { } refused)
                throw new InvalidOperationException($"Stake entry {entryId} of prover {proverId} was released, but the account refused it: {refused}.");
            (creditId, left) = (string.Create(CultureInfo.InvariantCulture, $"un{Movement(entryId)}/{part}"), left - credited);
        }
    }

    /// <summary>Debit, then stake. A debit that was refused is ended: an attempt of which nothing has been heard may still be on its way, and must not take
    /// money that nobody stakes. When it has arrived meanwhile, it counts.</summary>
    private async Task<Refusal?> MoveInAsync(string entryId, PendingStake pending)
    {
        var (movement, account) = (Movement(entryId), grains.GetGrain<IAccountGrain>(pending.Account));
        // Every attempt at a deposit is a movement of its own, so that one which was refused can be made again.
        var debitId = AttemptOf(entryId, pending);
        var refusal = (await account.DebitAsync(debitId, pending.Amount, Counterparty, pending.At)).Refusal;
        if (refusal is not null && (await account.VoidDebitAsync(debitId, Counterparty, pending.At)).Refusal is not null) refusal = null;
        if (refusal is null && await registry.AddStakeAsync(proverId, movement, pending.Amount, [.. Pending.Keys.Select(Movement)]) is { } refused)
            throw new InvalidOperationException($"Stake entry {entryId} of prover {proverId} was debited, but the registry refused it: {refused}.");
        // Before it is no longer among what is moving: from then on the registry may forget it.
        if (refusal is null) await settled.NoteAsync(SettledStakes.In, entryId, new SettledStake { Amount = pending.Amount });
        await WriteAsync(Pending.Remove(entryId), Attempts);
        return refusal;
    }

    private void MoveLater(TimeSpan after)
    {
        _moving?.Dispose();
        _moving = grain.RegisterGrainTimer(
            MovePendingAsync, new GrainTimerCreationOptions { DueTime = after, Period = MoveAgainAfter, KeepAlive = true, Interleave = true });
    }

    /// <summary>Carries on with what was cut off, until nothing is on its way.</summary>
    private async Task MovePendingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await InTurnAsync(async () =>
            {
                foreach (var (entryId, pending) in Pending.OrderBy(entry => entry.Key, StringComparer.Ordinal)) await MoveInAsync(entryId, pending);
                _moving?.Dispose();
                return true;
            });
        }
        catch (Exception e)
        {
            LogStakeNotMoved(logger, proverId, e);
        }
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> move)
    {
        await _turn.WaitAsync();
        try
        {
            return await move();
        }
        finally
        {
            _turn.Release();
        }
    }

    private string Movement(string entryId) => $"stake/{proverId}/{entryId}";

    private string AttemptOf(string entryId, PendingStake pending) => string.Create(CultureInfo.InvariantCulture, $"{Movement(entryId)}/{pending.Attempt}");

    private Task WriteAsync(ImmutableDictionary<string, PendingStake> pending, long attempts) =>
        durable.WriteAsync(new ProverState { PendingStake = pending, Attempts = attempts });

    private static Refusal? CheckSame(string entryId, Credits before, Credits now, string what = "deposited") => before == now
        ? null
        : Refusal.Of(ReasonCode.EntryConflict, "amount", $"{before} credits, as {what} before under {entryId}", now.ToString());

    [LoggerMessage(Level = LogLevel.Warning, Message = "Prover {ProverId}: stake on its way could not be moved and is tried again")]
    private static partial void LogStakeNotMoved(ILogger logger, string proverId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Prover {ProverId}: stake entry {EntryId} that is to leave could not be paid and is tried again")]
    private static partial void LogStakeNotPaid(ILogger logger, string proverId, string entryId, Exception exception);
}
