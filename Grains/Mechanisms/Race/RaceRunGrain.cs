using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Mechanisms.Race;

/// <summary>A race on one request. Decisions are <see cref="RaceRules"/>; this grain loads, decides, writes and acts.</summary>
[GrainType("race-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed partial class RaceRunGrain(
    [PersistentState("race", StorageNames.Market)] IPersistentState<RaceState> storage,
    IOptions<MarketOptions> options,
    TimeProvider time,
    ILogger<RaceRunGrain> logger) : Grain, IRaceRunGrain
{
    private static readonly TimeSpan TellLosersFor = TimeSpan.FromMinutes(5);

    private RunAnnouncer _announcer = null!;
    private IGrainTimer? _announcing;
    private TimeSpan _announceAgainAfter;
    private Bytes? _input;
    private DurableRecord<RaceState> _durable = null!;

    /// <summary>The durable state with what need not be: leases confirmed by the registry and invitations turned down.</summary>
    private RaceState? _race;

    private string RunKey => this.GetPrimaryKeyString();

    private string RequestId => GrainKeys.OfRun(RunKey).RequestId;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _announcer = new RunAnnouncer(GrainFactory);
        _durable = new DurableRecord<RaceState>(storage, DeactivateOnIdle);
        if (_durable.Value is not null)
        {
            _race = _durable.Value;
            // A race that has just been decided may have died before it told the losers.
            if (_race.Report is null || time.GetUtcNow() - _race.Report.EndedAt < TellLosersFor) BeginAnnouncing();
        }
        return Task.CompletedTask;
    }

    public async Task<Refusal?> StartAsync(RunOrder order)
    {
        if (_race is not null)
        {
            return RunOrderRules.DigestOf(_race.Order) == RunOrderRules.DigestOf(order)
                ? null
                : Refusal.Of(ReasonCode.RunOrderConflict, "order", "the order the run was started with", order.RequestId);
        }
        var (race, refusal) = RaceRules.Start(order);
        if (race is null) return refusal;
        await WriteAsync(race);
        BeginAnnouncing();
        return null;
    }

    public Task<RunProgress> GetProgressAsync() => Task.FromResult(Progress());

    public async Task<RunProgress> ConcludeAsync(ReasonCode cause)
    {
        if (_race is null || _race.Report is not null) return Progress();
        var now = time.GetUtcNow();
        if (cause == ReasonCode.None && now < _race.Order.HardDeadline) return Progress();
        await EndAsync(RaceRules.Concluded(_race, cause, now));
        return Progress();
    }

    public async Task<JoinAnswer> JoinAsync(string proverId, string session)
    {
        if (_race is null) return new JoinAnswer { Refusal = Refusal.Of(ReasonCode.RunUnknown, "run", "a started run", RunKey) };
        if (RaceRules.CheckJoin(_race, proverId, time.GetUtcNow()) is { } refusal) return new JoinAnswer { Refusal = refusal };

        // The wish is durable before the registry is asked: whatever happens, the lease is ended with the race.
        var joining = RaceRules.Joining(_race, proverId, session);
        if (joining != _race) await WriteAsync(joining);
        if (await ReserveAsync(proverId, session) is { } refused) return new JoinAnswer { Refusal = refused };

        _input ??= await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).GetInputAsync();
        await PokeRequestAsync();
        var order = _race.Order;
        return new JoinAnswer
        {
            Assignment = new Assignment
            {
                RunKey = RunKey,
                LeaseId = GrainKeys.Lease(RunKey, proverId),
                Program = order.Program,
                Input = _input.Value,
                PublicInputs = order.PublicInputs,
                Deadline = order.HardDeadline,
            },
        };
    }

    public async Task DeclineAsync(string proverId, string session, ReasonCode reason)
    {
        if (_race is null || _race.Report is not null) return;
        var held = _race.Participants.GetValueOrDefault(proverId);
        if (held is { Status: ParticipantStatus.Left or ParticipantStatus.Disqualified } || (held is not null && held.Session != session)) return;
        var declined = RaceRules.Declined(_race, proverId, reason, time.GetUtcNow());
        if (held is null)
        {
            // An invitation turned down: worth showing, not worth a write of its own.
            _race = declined;
        }
        else
        {
            await WriteAsync(declined);
            await Registry(proverId).EndLeaseAsync(GrainKeys.Lease(RunKey, proverId), new LeaseEnding
            {
                ProverId = proverId, Outcome = LeaseOutcome.Decline, Reason = reason, Bond = declined.Parameters.Bond, Deadline = declined.Order.HardDeadline,
            });
        }
        await PokeRequestAsync();
    }

    public async Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission)
    {
        if (_race is null) return Refused(Refusal.Of(ReasonCode.RunUnknown, "run", "a started run", RunKey));
        var receivedAt = time.GetUtcNow();
        if (_race.Report?.Proof?.ProverId == submission.ProverId) return Accepted();
        if (await ConfirmLeaseAsync(submission) is { } lost) return Refused(lost);
        if (RaceRules.CheckSubmission(_race, submission.ProverId, submission.Session, submission.PublicInputs, submission.Proof, receivedAt) is { } refusal)
            return Refused(refusal);

        var order = _race.Order;
        var verdict = await GrainFactory.GetGrain<IProofVerifierGrain>(GrainKeys.Single).VerifyAsync(new VerifyCommand
        {
            ProgramId = order.Program.ProgramId,
            ExpectedPublicInputs = order.PublicInputs,
            PublicInputs = submission.PublicInputs,
            Proof = submission.Proof,
        });

        var decidedAt = time.GetUtcNow();
        if (!verdict.IsValid)
        {
            LogInvalidProof(logger, RunKey, submission.ProverId, verdict.Reason, verdict.Detail);
            await WriteAsync(RaceRules.Disqualified(_race, submission.ProverId, verdict.Reason, verdict.Detail, decidedAt));
            await PokeRequestAsync();
            return Refused(Refusal.Of(verdict.Reason, "proof", "a valid proof for the request's public inputs", verdict.Detail));
        }

        await EndAsync(RaceRules.Won(_race, submission.ProverId, submission.Proof, receivedAt, decidedAt));
        await PokeRequestAsync();
        return Accepted();
    }

    /// <summary>A lease that was reserved just before this activation lost its memory is confirmed with the registry.</summary>
    private async Task<Refusal?> ConfirmLeaseAsync(ProofSubmission submission) =>
        _race!.Report is null
        && _race.Participants.TryGetValue(submission.ProverId, out var participant)
        && participant.Status == ParticipantStatus.Joining && participant.Session == submission.Session
            ? await ReserveAsync(submission.ProverId, submission.Session)
            : null;

    private async Task<Refusal?> ReserveAsync(string proverId, string session)
    {
        var race = _race!;
        var answer = await Registry(proverId).ReserveAsync(new ReserveCommand
        {
            ProverId = proverId,
            Session = session,
            LeaseId = GrainKeys.Lease(RunKey, proverId),
            ProgramId = race.Order.Program.ProgramId,
            Bond = race.Parameters.Bond,
            Deadline = race.Order.HardDeadline,
            Constraints = race.Order.Constraints,
        });
        if (answer.Lease is not null) _race = RaceRules.Joined(race, proverId, answer.Account, time.GetUtcNow());
        else if (race.Participants[proverId].Status == ParticipantStatus.Joining) _race = RaceRules.JoinRefused(race, proverId);
        return answer.Refusal;
    }

    private SubmissionAnswer Accepted() =>
        new() { Reward = _race!.Report!.Payments.Aggregate(Credits.Zero, (sum, payment) => sum + payment.Amount) };

    private static SubmissionAnswer Refused(Refusal refusal) => new() { Refusal = refusal };

    private ITaskRegistryGrain Registry(string proverId) => GrainFactory.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(proverId));

    private Task PokeRequestAsync() => GrainFactory.GetGrain<IProofRequestGrain>(RequestId).PokeAsync();

    /// <summary>Writes the end, with who was invited and who was not: the request keeps it when this grain is long gone.</summary>
    private async Task EndAsync(RaceState ended)
    {
        await WriteAsync(ended with { Report = ended.Report! with { Invited = _announcer.Invited, LeftOut = _announcer.LeftOut } });
        StopAnnouncing();
    }

    private async Task WriteAsync(RaceState race)
    {
        await _durable.WriteAsync(race);
        _race = race;
    }

    private RunProgress Progress() => _race is null ? new RunProgress() : new RunProgress
    {
        Started = true,
        Events = _race.Events,
        Report = _race.Report,
        Invited = _announcer.Invited,
        Racing = _race.Participants.Values.Count(p => p.Status == ParticipantStatus.Racing),
        LeftOut = _announcer.LeftOut,
    };

    private void BeginAnnouncing()
    {
        _announceAgainAfter = options.Value.AnnounceInterval;
        _announcing = this.RegisterGrainTimer(
            AnnounceAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
    }

    private void StopAnnouncing() => _announcing?.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_race!.Report is null)
            {
                await InviteAsync(_race);
                await PokeRequestAsync();
            }
            else
            {
                _announcing?.Dispose();
                _announcing = null;
                await StopWorkAsync(_race);
                return;
            }
        }
        catch (Exception e)
        {
            LogAnnouncementFailed(logger, RunKey, e);
        }
        _announcing?.Change(_announceAgainAfter, Timeout.InfiniteTimeSpan);
        _announceAgainAfter = TimeSpan.FromTicks(Math.Min(_announceAgainAfter.Ticks * 2, options.Value.AnnounceIntervalLimit.Ticks));
    }

    private Task InviteAsync(RaceState race) => _announcer.AnnounceAsync(
        new CandidateQuery
        {
            Program = race.Order.Program, Constraints = race.Order.Constraints, Bond = race.Parameters.Bond, Excluded = race.Order.Excluded,
        },
        new Invitation
        {
            RunKey = RunKey,
            RunGrain = this.GetGrainId(),
            Mechanism = RaceParameters.MechanismName,
            ProgramId = race.Order.Program.ProgramId,
            Work = race.Order.Program.Work,
            Reward = race.Parameters.Reward,
            Bond = race.Parameters.Bond,
            SoftDeadline = race.Order.SoftDeadline,
            HardDeadline = race.Order.HardDeadline,
        });

    private Task StopWorkAsync(RaceState race)
    {
        var winner = race.Report!.Proof?.ProverId;
        var losers = _announcer.InvitedProvers.Concat(race.Participants.Keys).Distinct(StringComparer.Ordinal).Where(prover => prover != winner);
        return _announcer.StopAsync(losers, new StopWork { RunKey = RunKey, Reason = winner is null ? ReasonCode.RunClosed : ReasonCode.Outraced });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} delivered an invalid proof: {Reason} {Detail}")]
    private static partial void LogInvalidProof(ILogger logger, string runKey, string proverId, ReasonCode reason, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunKey}: the announcement failed and is repeated")]
    private static partial void LogAnnouncementFailed(ILogger logger, string runKey, Exception exception);
}
