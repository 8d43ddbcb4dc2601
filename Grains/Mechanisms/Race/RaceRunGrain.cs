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
    private RunAnnouncements _announcements = null!;
    private RunLeases _leases = null!;
    private Bytes? _input;
    private DurableRecord<RaceState> _durable = null!;

    /// <summary>The durable state with what need not be: leases confirmed by the registry and invitations turned down.</summary>
    private RaceState? _race;

    private string RunKey => this.GetPrimaryKeyString();

    private string RequestId => GrainKeys.OfRun(RunKey).RequestId;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _announcer = new RunAnnouncer(GrainFactory, RunKey, logger);
        _announcements = new RunAnnouncements(this, RunKey, _announcer, options.Value, time, logger);
        _leases = new RunLeases(GrainFactory, RunKey);
        _durable = new DurableRecord<RaceState>(storage, DeactivateOnIdle);
        _race = _durable.Value;
        if (_race is { Report: null }) Announce(_race);
        // A race that has just been decided may have died before it told the losers.
        else if (_race is not null && time.GetUtcNow() - _race.Report!.EndedAt < TellLosersFor) TellProvers(_race.Report);
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
        Announce(race);
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
        var isFirstAttempt = !_race.Participants.ContainsKey(proverId);
        var joining = RaceRules.Joining(_race, proverId, session);
        if (!ReferenceEquals(joining, _race)) await WriteAsync(joining);
        if (await ReserveAsync(proverId, session, isFirstAttempt) is { } refused) return new JoinAnswer { Refusal = refused };

        // Who takes a lease over into a new session must find it there after a crash, too.
        if (_durable.Value!.Participants[proverId].Session != session) await WriteAsync(_race);

        _input ??= await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).GetInputAsync();
        PokeRequest();
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
        if (_race is null) return;
        var declined = RaceRules.Declined(_race, proverId, session, reason, time.GetUtcNow());
        if (declined.Participants.TryGetValue(proverId, out var participant))
        {
            if (participant.Status != ParticipantStatus.Left || participant.Session != session) return;
            if (!ReferenceEquals(declined, _race)) await WriteAsync(declined);
            // Also for one that has left before: the first time may have been cut off here.
            await _leases.DeclineAsync(declined.Order, proverId, participant.Reason, declined.Parameters.Bond);
        }
        else
        {
            // An invitation turned down: worth showing, not worth a write of its own.
            _race = declined;
        }
        PokeRequest();
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
            PokeRequest();
            return Refused(Refusal.Of(verdict.Reason, "proof", "a valid proof for the request's public inputs", verdict.Detail));
        }

        await EndAsync(RaceRules.Won(_race, submission.ProverId, submission.Proof, receivedAt, decidedAt));
        PokeRequest();
        return Accepted();
    }

    /// <summary>A lease that was reserved just before this activation lost its memory is confirmed by the registry.</summary>
    private async Task<Refusal?> ConfirmLeaseAsync(ProofSubmission submission)
    {
        if (_race!.Report is not null
            || !_race.Participants.TryGetValue(submission.ProverId, out var participant)
            || participant.Status != ParticipantStatus.Joining || participant.Session != submission.Session)
            return null;
        var answer = await _leases.FindAsync(submission.ProverId);
        if (answer.Lease is not null) _race = RaceRules.Joined(_race, submission.ProverId, submission.Session, answer.Account, time.GetUtcNow());
        return answer.Refusal;
    }

    private async Task<Refusal?> ReserveAsync(string proverId, string session, bool isFirstAttempt)
    {
        var race = _race!;
        var answer = await _leases.ReserveAsync(race.Order, proverId, session, race.Parameters.Bond);
        _race = answer.Refusal is { } refusal
            ? RaceRules.JoinRefused(race, proverId, refusal, isFirstAttempt)
            : RaceRules.Joined(race, proverId, session, answer.Account, time.GetUtcNow());
        return answer.Refusal;
    }

    private SubmissionAnswer Accepted() =>
        new() { Reward = _race!.Report!.Payments.Aggregate(Credits.Zero, (sum, payment) => sum + payment.Amount) };

    private static SubmissionAnswer Refused(Refusal refusal) => new() { Refusal = refusal };

    /// <summary>A hint, not waited for: whatever becomes of it, the request looks again by itself.</summary>
    private void PokeRequest() => _ = PokeRequestAsync();

    private async Task PokeRequestAsync()
    {
        try
        {
            await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).PokeAsync();
        }
        catch (Exception e)
        {
            LogPokeFailed(logger, RunKey, e);
        }
    }

    /// <summary>Writes the end, with who was invited and who was not: the request keeps it when this grain is long gone.</summary>
    private async Task EndAsync(RaceState ended)
    {
        await WriteAsync(ended with { Report = ended.Report! with { Invited = _announcer.Invited, LeftOut = _announcer.LeftOut } });
        _announcements.End();
        TellProvers(_race!.Report!);
    }

    private async Task WriteAsync(RaceState race)
    {
        try
        {
            await _durable.WriteAsync(race);
            _race = race;
        }
        catch
        {
            // It may be durable all the same: what was decided must not be decided again. The next activation goes on from there, as after a crash.
            _race = _durable.Value;
            DeactivateOnIdle();
            throw;
        }
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

    private void Announce(RaceState race) => _announcements.Begin(
        new CandidateQuery
        {
            Program = race.Order.Program, Constraints = race.Order.Constraints, Bond = race.Parameters.Bond, Excluded = race.Order.Excluded,
            Deadline = race.Order.HardDeadline,
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
        },
        PokeRequest);

    /// <summary>The losers are told to stop; the winner's invitation only goes, it has heard already.</summary>
    private void TellProvers(RunReport report)
    {
        var winner = report.Proof?.ProverId;
        var losers = _announcer.InvitedProvers.Concat(_race!.Participants.Keys).Where(prover => prover != winner).Distinct(StringComparer.Ordinal);
        _announcer.Stop(losers.ToArray(), winner is null ? ReasonCode.RunClosed : ReasonCode.Outraced);
        if (winner is not null) _announcer.Stop([winner], ReasonCode.Won);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} delivered an invalid proof: {Reason} {Detail}")]
    private static partial void LogInvalidProof(ILogger logger, string runKey, string proverId, ReasonCode reason, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: its request could not be told of a change; it finds out by itself")]
    private static partial void LogPokeFailed(ILogger logger, string runKey, Exception exception);
}
