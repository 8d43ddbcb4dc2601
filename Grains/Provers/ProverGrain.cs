using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>A prover as it is stored: only what must outlive its session.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverState")]
internal sealed record ProverState
{
    /// <summary>Stake on its way from the account to the registry, by entry id.</summary>
    [Id(0)] public ImmutableDictionary<string, PendingStake> PendingStake { get; init; } = ImmutableDictionary<string, PendingStake>.Empty;
}

/// <summary>Stake on its way.</summary>
[GenerateSerializer, Immutable, Alias("pm.PendingStake")]
internal sealed record PendingStake
{
    /// <summary>The account it comes from.</summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(1)] public required Credits Amount { get; init; }

    /// <summary>When it set out.</summary>
    [Id(2)] public required DateTimeOffset At { get; init; }
}

/// <summary>A prover: its worker's session and what the worker is told. Invitations live in memory; runs invite again after a crash.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed partial class ProverGrain(
    [PersistentState("prover", StorageNames.Market)] IPersistentState<ProverState> storage,
    IOptions<MarketOptions> options,
    TimeProvider time,
    ILogger<ProverGrain> logger) : Grain, IProverGrain
{
    private static readonly TimeSpan MoveAgainAfter = TimeSpan.FromSeconds(5);

    // Long enough for a stop that was not received to come again with a renewal.
    private readonly ProverInbox _inbox = new(options.Value.SessionLifetime);
    private readonly SemaphoreSlim _stakeTurn = new(1, 1);
    private DurableRecord<ProverState> _durable = null!;
    private IGrainTimer? _moving;
    private ProverPresence? _presence;
    private IProverObserver? _observer;

    private string ProverId => this.GetPrimaryKeyString();

    private ITaskRegistryGrain Registry => GrainFactory.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(ProverId));

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _durable = new DurableRecord<ProverState>(storage, DeactivateOnIdle);
        if (!Pending().IsEmpty) MoveStakeLater(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    public async Task<ConnectAnswer> ConnectAsync(ProverOffer offer, string session, IProverObserver observer)
    {
        if (offer.ProverId != ProverId)
            return new ConnectAnswer { Refusal = Refusal.Of(ReasonCode.FieldMalformed, "proverId", $"the prover called, {ProverId}", offer.ProverId) };
        if (Ids.Check("session", session) is { } malformed) return new ConnectAnswer { Refusal = malformed };
        if (await Registry.RegisterAsync(offer) is { } refusal) return new ConnectAnswer { Refusal = refusal };

        _observer = observer;
        await SetPresenceAsync(new ProverPresence { Session = session, LiveUntil = LiveUntil(), ConnectedAt = time.GetUtcNow() });
        return new ConnectAnswer { RenewEvery = options.Value.SessionRenewal, Invitations = _inbox.Invitations(time.GetUtcNow()) };
    }

    public async Task<RenewAnswer> RenewAsync(string session, IProverObserver observer)
    {
        if (_presence is null || _presence.Session != session)
            return new RenewAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session", session) };
        _observer = observer;
        await SetPresenceAsync(_presence with { LiveUntil = LiveUntil() });
        var now = time.GetUtcNow();
        return new RenewAnswer { Invitations = _inbox.Invitations(now), Stopped = _inbox.Stopped(now) };
    }

    public Task DrainAsync(string session) =>
        _presence?.Session == session ? SetPresenceAsync(_presence with { Draining = true }) : Task.CompletedTask;

    public async Task DisconnectAsync(string session)
    {
        if (_presence?.Session != session) return;
        _observer = null;
        await SetPresenceAsync(null);
    }

    public async Task<Refusal?> DepositStakeAsync(string entryId, Credits amount)
    {
        if (Ids.Check("entryId", entryId) is { } malformed) return malformed;
        await _stakeTurn.WaitAsync();
        try
        {
            return await DepositAsync(entryId, amount);
        }
        finally
        {
            _stakeTurn.Release();
        }
    }

    public Task InviteAsync(Invitation invitation)
    {
        if (_inbox.Add(invitation, time.GetUtcNow())) Push(observer => observer.InvitedAsync(invitation));
        return Task.CompletedTask;
    }

    public Task StopWorkAsync(StopWork stop)
    {
        if (_inbox.Stop(stop, time.GetUtcNow()) && stop.Reason != ReasonCode.Won) Push(observer => observer.StoppedAsync(stop));
        return Task.CompletedTask;
    }

    private async Task<Refusal?> DepositAsync(string entryId, Credits amount)
    {
        if (!Pending().TryGetValue(entryId, out var pending))
        {
            var prover = await Registry.GetProverAsync(ProverId);
            if (prover is null) return Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", ProverId);
            if (prover.StakeEntries.TryGetValue(Movement(entryId), out var staked)) return CheckSame(entryId, staked, amount);
            pending = new PendingStake { Account = prover.Offer.Account, Amount = amount, At = time.GetUtcNow() };
        }
        else if (CheckSame(entryId, pending.Amount, amount) is { } another)
        {
            return another;
        }

        // From here on the stake is on its way, whatever becomes of this call.
        MoveStakeLater(MoveAgainAfter);
        if (!Pending().ContainsKey(entryId)) await WriteAsync(Pending().Add(entryId, pending));
        return await MoveStakeAsync(entryId, pending);
    }

    /// <summary>Debit, then credit, both repeatable.</summary>
    private async Task<Refusal?> MoveStakeAsync(string entryId, PendingStake pending)
    {
        var movement = Movement(entryId);
        var debit = await GrainFactory.GetGrain<IAccountGrain>(pending.Account).DebitAsync(
            movement, pending.Amount, $"stake:{ProverId}", pending.At);
        if (debit.Refusal is null && await Registry.AddStakeAsync(ProverId, movement, pending.Amount) is { } refused)
            throw new InvalidOperationException($"Stake entry {entryId} of prover {ProverId} was debited, but the registry refused it: {refused}.");
        await WriteAsync(Pending().Remove(entryId));
        return debit.Refusal;
    }

    /// <summary>Stake moves beside everything else: a prover whose account cannot be reached still works.</summary>
    private void MoveStakeLater(TimeSpan after)
    {
        _moving?.Dispose();
        _moving = this.RegisterGrainTimer(
            MovePendingStakeAsync,
            new GrainTimerCreationOptions { DueTime = after, Period = MoveAgainAfter, KeepAlive = true, Interleave = true });
    }

    /// <summary>Carries on with what was cut off, until nothing is on its way.</summary>
    private async Task MovePendingStakeAsync(CancellationToken cancellationToken)
    {
        await _stakeTurn.WaitAsync(CancellationToken.None);
        try
        {
            foreach (var (entryId, pending) in Pending().OrderBy(entry => entry.Key, StringComparer.Ordinal)) await MoveStakeAsync(entryId, pending);
            _moving?.Dispose();
        }
        catch (Exception e)
        {
            LogStakeNotMoved(logger, ProverId, e);
        }
        finally
        {
            _stakeTurn.Release();
        }
    }

    private string Movement(string entryId) => $"stake/{ProverId}/{entryId}";

    private static Refusal? CheckSame(string entryId, Credits before, Credits now) => before == now
        ? null
        : Refusal.Of(ReasonCode.EntryConflict, "amount", $"{before} credits, as deposited before under {entryId}", now.ToString());

    private ImmutableDictionary<string, PendingStake> Pending() =>
        _durable.Value?.PendingStake ?? ImmutableDictionary<string, PendingStake>.Empty;

    private Task WriteAsync(ImmutableDictionary<string, PendingStake> pending) => _durable.WriteAsync(new ProverState { PendingStake = pending });

    private Task SetPresenceAsync(ProverPresence? presence)
    {
        _presence = presence;
        return Registry.SetPresenceAsync(ProverId, presence);
    }

    private DateTimeOffset LiveUntil() => time.GetUtcNow() + options.Value.SessionLifetime;

    /// <summary>Pushes without waiting: a slow worker delays nobody, and what is lost comes with the next renewal.</summary>
    private void Push(Func<IProverObserver, Task> push)
    {
        if (_observer is { } observer) _ = PushAsync(observer, push);
    }

    private async Task PushAsync(IProverObserver observer, Func<IProverObserver, Task> push)
    {
        try
        {
            await push(observer);
        }
        catch (Exception e)
        {
            LogPushFailed(logger, ProverId, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Prover {ProverId}: stake on its way could not be moved and is tried again")]
    private static partial void LogStakeNotMoved(ILogger logger, string proverId, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Prover {ProverId}: a push to its worker failed; it comes again with the next renewal")]
    private static partial void LogPushFailed(ILogger logger, string proverId, Exception exception);
}
