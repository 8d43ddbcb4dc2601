using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Registry;
using ProvingMarket.Grains.Routing;

namespace ProvingMarket.Grains.Provers;

/// <summary>A prover: its worker's session and what this worker alone is told. Both live in memory. The registry has a copy of the session, and what is announced to
/// many: a prover that was taken out of memory goes on with it, and its worker notices nothing.</summary>
internal sealed class ProverGrain(
    [PersistentState("prover", StorageNames.Market)] IPersistentState<ProverState> storage,
    [FromKeyedServices(StorageNames.Market)] IGrainStorage market,
    IOptions<MarketOptions> options,
    MarketViews views,
    TimeProvider time,
    ILogger<ProverGrain> logger) : Grain, IProverGrain, IRemindable
{
    // What it was called when only stake that leaves had it: a reminder outlives versions.
    private const string StakeReminder = "unbonding";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    // Long enough for a stop that was not received to come again with a renewal.
    private readonly ProverInbox _inbox = new(options.Value.SessionLifetime);
    private readonly InvitationCounts _invitations = new(time.GetUtcNow());
    private ProverStake _stake = null!;
    private ProverSession? _session;

    private string ProverId => this.GetPrimaryKeyString();

    private ITaskRegistryGrain Registry => GrainFactory.RegistryOf(ProverId, options.Value);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stake = new ProverStake(
            this, RemindAsync, ProverId, Registry, new DurableRecord<ProverState>(storage, DeactivateOnIdle), new SettledStakes(market, ProverId), GrainFactory, time, logger);
        _stake.MoveWhatIsOnItsWay();
        _session = await Registry.GetSessionAsync(ProverId);
    }

    public async Task<ConnectAnswer> ConnectAsync(ProverOffer offer, string session, IProverObserver observer)
    {
        if (offer.ProverId != ProverId)
            return new ConnectAnswer { Refusal = Refusal.Of(ReasonCode.FieldMalformed, "proverId", $"the prover called, {ProverId}", offer.ProverId) };
        if (Ids.Check("session", session) is { } malformed) return new ConnectAnswer { Refusal = malformed };
        if (await Registry.RegisterAsync(offer) is { } refusal) return new ConnectAnswer { Refusal = refusal };

        var announced = await SetSessionAsync(SessionOf(session, isDraining: false, observer));
        var now = time.GetUtcNow();
        return new ConnectAnswer { RenewEvery = options.Value.SessionRenewal, Invitations = _inbox.With(announced, now).Invitations, MarketTime = now };
    }

    public async Task<RenewAnswer> RenewAsync(string session, IProverObserver observer)
    {
        if (_session?.Presence is not { } presence || presence.Session != session)
            return new RenewAnswer { Refusal = RegistryRules.SessionUnknown };
        var announced = await SetSessionAsync(SessionOf(session, presence.Draining, observer));
        var now = time.GetUtcNow();
        var notices = _inbox.With(announced, now);
        return new RenewAnswer { Invitations = notices.Invitations, Stopped = notices.Stopped, MarketTime = now };
    }

    public Task DrainAsync(string session) =>
        _session?.Presence.Session == session ? SetSessionAsync(_session with { Presence = _session.Presence with { Draining = true } }) : Task.CompletedTask;

    public Task DisconnectAsync(string session) => _session?.Presence.Session == session ? SetSessionAsync(null) : Task.CompletedTask;

    public async Task<Refusal?> DepositStakeAsync(string entryId, Credits amount) =>
        Ids.Check("entryId", entryId) ?? await _stake.DepositAsync(entryId, amount);

    public async Task<UnbondAnswer> UnbondStakeAsync(string entryId, Credits amount)
    {
        if (Ids.Check("entryId", entryId) is { } malformed) return new UnbondAnswer { Refusal = malformed };
        return await _stake.UnbondAsync(entryId, amount);
    }

    public Task ResumeStakeAsync() => RemindAsync();

    public async Task<ScoreAnswer> GetScoreAsync()
    {
        if (await Registry.GetProverAsync(ProverId) is not { } prover)
            return new ScoreAnswer { Refusal = Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a prover that has connected", ProverId) };
        var tally = await Registry.GetTallyAsync(ProverId);
        var supplies = new Dictionary<string, ProgramSupply>(StringComparer.Ordinal);
        foreach (var program in tally.Demands.Select(demand => demand.Program).DistinctBy(program => program.ProgramId))
            supplies[program.ProgramId] = await views.SupplyAsync(GrainFactory, program);
        var now = time.GetUtcNow();
        var isLive = _session?.Presence is { Draining: false } presence && (await Registry.FindOfferAsync(ProverId, presence.Session)).Refusal is null;
        return new ScoreAnswer { Score = ScoreRules.Of(prover, isLive, tally, tally.Announced.With(_invitations.Tally()), supplies, now) };
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (await _stake.LookAfterAsync()) return;
        if (await this.GetReminder(StakeReminder) is { } reminder) await this.UnregisterReminder(reminder);
    }

    public Task InviteAsync(Invitation invitation)
    {
        if (!_inbox.Add(invitation, time.GetUtcNow())) return Task.CompletedTask;
        _invitations.Invited(invitation.Mechanism);
        _ = Worker?.InvitedAsync(invitation);
        return Task.CompletedTask;
    }

    public Task StopWorkAsync(StopWork stop)
    {
        if (!stop.Statements.IsEmpty)
        {
            _ = Worker?.StoppedAsync(stop);
        }
        else if (_inbox.Stop(stop, time.GetUtcNow()))
        {
            _invitations.Ended(stop.Reason);
            if (stop.Reason != ReasonCode.Won) _ = Worker?.StoppedAsync(stop);
        }
        return Task.CompletedTask;
    }

    private Task<RunNotices> SetSessionAsync(ProverSession? session)
    {
        _session = session;
        return Registry.SetSessionAsync(ProverId, session);
    }

    /// <summary>A reminder that is there is left alone: registered again it would come a minute after that, and never where somebody asks more often.</summary>
    private async Task RemindAsync()
    {
        if (await this.GetReminder(StakeReminder) is null) await this.RegisterOrUpdateReminder(StakeReminder, ReminderPeriod, ReminderPeriod);
    }

    private ProverSession SessionOf(string session, bool isDraining, IProverObserver observer) => new()
    {
        Presence = new ProverPresence { Session = session, LiveUntil = time.GetUtcNow() + options.Value.SessionLifetime, Draining = isDraining },
        Observer = observer,
        Lifetime = options.Value.SessionLifetime,
    };

    /// <summary>Where its worker is told; null when there is none. It is never waited for: a slow one delays nobody, and what is lost comes with the next
    /// renewal.</summary>
    private IProverObserver? Worker => _session?.Observer;
}
