using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Grains.Requests;

/// <summary>The steps of a request after its submission, to its end: each one does a single repeatable thing elsewhere and writes the next
/// state. <paramref name="settled"/> is called when nothing is left to pay, <paramref name="left"/> when nothing is left to do.</summary>
internal sealed class RequestSteps(
    RequestMemory memory, RequestIntake intake, MechanismCatalog mechanisms, IGrainFactory grains, MarketOptions options, TimeProvider time, Action settled, Action left)
{
    // Bytes; what is larger is sent to the run when somebody takes a lease.
    private const int InputWithOrder = 4 * 1024;

    private readonly RunLosses _losses = new();
    private bool _hasTriedToStart;

    private ProofRequestSpec Spec => memory.Submitted!.Spec;

    private RequestState State => memory.State!;

    private SettlementOutbox Outbox => new(grains, options, memory.RequestId);

    private string RunKey => GrainKeys.Run(memory.RequestId, State.Stage);

    private IMechanismRunGrain Run => mechanisms.GetRun(grains, State.Plan!.Stages[State.Stage], RunKey);

    /// <summary>When there is a step to take at the latest; null when none will be.</summary>
    public DateTimeOffset? NextAt => memory.Deadline is { } deadline && _losses.StartAgainAt is { } again && again < deadline ? again : memory.Deadline;

    /// <summary>One step. True when the state moved and there may be another.</summary>
    public async Task<bool> AdvanceAsync()
    {
        switch (memory.State?.Phase)
        {
            case null when memory.Submitted is not null:
                await intake.CompleteAsync();
                return true;
            case null:
                return false;
            case RequestPhase.Open:
                return await FollowRunAsync();
            case RequestPhase.Settling:
                await SettleAsync();
                return true;
            default:
                await intake.LeaveAsync();
                left();
                return false;
        }
    }

    private async Task<bool> FollowRunAsync()
    {
        var deadline = State.StageDeadline ?? Spec.HardDeadline;
        // A stage is noted first and started then. Who knows nothing of the run asks before it starts it, which may be done again: starting waits for the run's turn, and a
        // run that is open may be waiting for this request's input.
        var isNew = memory.HasTakenIn && State.Stage == 0 && !_hasTriedToStart;
        var started = memory.Run is null && !isNew ? await Run.GetProgressAsync() : null;
        if (memory.Run is null && started is not { Started: true })
        {
            _hasTriedToStart = true;
            var start = await Run.StartAsync(Order(deadline), Spec.Input.Length <= InputWithOrder ? Spec.Input : Bytes.Empty);
            if (start.Refusal is { } refusal)
            {
                await DecideUnstartedAsync(refusal, deadline);
                return true;
            }
            _losses.Started(time.GetUtcNow());
            started = start.Progress;
        }
        var progress =
            State.CancelRequested ? await Run.ConcludeAsync(ReasonCode.CancelledByRequester)
            : time.GetUtcNow() >= deadline ? await Run.ConcludeAsync(ReasonCode.None)
            : memory.TakeHeard(RunKey) ?? started ?? await Run.GetProgressAsync();
        if (!progress.Started)
        {
            // A run that nobody has joined may have lost that it was started.
            var now = time.GetUtcNow();
            if (!State.CancelRequested && now < deadline && now < _losses.Lost(RunKey, now)) return false;
            memory.ForgetRun();
            return true;
        }
        _losses.Found();
        memory.Learn(progress);
        if (progress.Report is not { } report) return false;
        await DecideAsync(report, progress.Events);
        return true;
    }

    /// <summary>A stage whose run refuses its order. What fitted when it was planned may not fit the time that is left; when none is left, as after an outage, its time is over and nobody has
    /// joined: its parameters are not at fault.</summary>
    private Task DecideUnstartedAsync(Refusal refusal, DateTimeOffset deadline)
    {
        var now = time.GetUtcNow();
        var isOver = refusal.Code == ReasonCode.ParameterInvalid && now >= deadline;
        var (reason, why) = isOver ? (ReasonCode.NobodyJoined, "its time was over") : (refusal.Code, refusal.ToString());
        return DecideAsync(
            new RunReport { Reason = reason, EndedAt = now },
            [new TimelineEntry { At = now, Phase = RequestPhase.Open, Reason = reason, Detail = $"stage {State.Stage} was not started: {why}" }]);
    }

    private async Task DecideAsync(RunReport report, ImmutableArray<TimelineEntry> events)
    {
        if (EscalationRules.Next(State, report, Spec.HardDeadline, time.GetUtcNow()) is { } next)
        {
            await EscalateAsync(report, events, next);
            return;
        }
        // Who decides again, after a crash, must not decide otherwise: what does not follow from the run's record alone is written before it is carried out.
        var follows = SettlementRules.FollowsFrom(report, State.Ended);
        var decidedAt = follows ? report.EndedAt : time.GetUtcNow();
        var settlement = SettlementRules.Of(memory.RequestId, Spec.Account, Spec.MaxPrice, report, options.SlashSplit, decidedAt, State.Ended);
        var decided = RequestLifecycle.Decided(State, report, events, settlement, time.GetUtcNow());
        if (follows) memory.Remember(decided);
        else await memory.WriteAsync(decided);
    }

    /// <summary>The leases of the stage that failed end before the next one begins: their slots are free, and slashed bonds have left the stake. Who is
    /// credited with those is settled with the request.</summary>
    private async Task EscalateAsync(RunReport report, ImmutableArray<TimelineEntry> events, Escalation next)
    {
        await Outbox.EndLeasesAsync(report.Leases, RunKey);
        memory.ForgetRun();
        await memory.WriteAsync(RequestLifecycle.Escalated(State, report, events, next, time.GetUtcNow()));
    }

    private async Task SettleAsync()
    {
        await Outbox.CarryOutAsync(State.Settlement!, RunKey, Spec.Account, State.SubmittedAt);
        await memory.WriteAsync(RequestLifecycle.Settled(State, time.GetUtcNow()));
        settled();
    }

    private RunOrder Order(DateTimeOffset deadline) => new()
    {
        RequestId = memory.RequestId,
        Stage = State.Stage,
        Mechanism = State.Plan!.Stages[State.Stage],
        Program = memory.Submitted!.Program,
        PublicInputs = Spec.PublicInputs,
        // What earlier stages have proved of a batch is paid from the same price.
        MaxPrice = Spec.MaxPrice - State.Ended.Aggregate(Credits.Zero, (sum, stage) => sum + stage.Paid),
        SoftDeadline = Spec.SoftDeadline < deadline ? Spec.SoftDeadline : deadline,
        HardDeadline = deadline,
        Constraints = Spec.Constraints,
        Excluded = State.Excluded,
        Account = Spec.Account,
        Statements = Unproved(),
        LostBefore = SettlementRules.SharedOf(State.Ended.SelectMany(stage => stage.Leases)),
    };

    private ImmutableArray<RunStatement> Unproved()
    {
        if (!Spec.IsBatch) return [];
        var proved = RequestLifecycle.ProvedOf(State).Select(known => known.Statement).ToHashSet();
        return
        [
            .. Spec.Statements.Select((statement, number) => new RunStatement { Statement = number, PublicInputs = statement.PublicInputs })
                .Where(statement => !proved.Contains(statement.Statement)),
        ];
    }
}
