using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>What an activation knows of its request: two durable records, what follows from the records of others, and what the open run told last.</summary>
internal sealed class RequestMemory(
    string requestId, DurableRecord<StoredRequest> submitted, DurableRecord<RequestState> request, TimeProvider time)
{
    private (string RunKey, RunProgress Progress)? _heard;
    private RequestState? _following;

    /// <summary>The request.</summary>
    public string RequestId => requestId;

    /// <summary>The body; null before it is written.</summary>
    public StoredRequest? Submitted => submitted.Value;

    /// <summary>Where it stands, by its own record or by what follows from the records of others (<see cref="Remember"/>), whichever is further; null before its
    /// submission is complete, and in an activation that has not found out yet whether it is.</summary>
    public RequestState? State => _following is { } following && !(request.Value?.Version >= following.Version) ? following : request.Value;

    /// <summary>True when there is a body, and it is not known yet whether its submission was complete.</summary>
    public bool IsUncertain => State is null && Submitted is not null;

    /// <summary>What the run told last, as long as this activation lives.</summary>
    public RunProgress? Run { get; private set; }

    /// <summary>Whether this activation has written the body: until the run is heard of, nobody has been told that there is one.</summary>
    public bool HasTakenIn { get; set; }

    private bool IsBeingOpened => HasTakenIn && Run is null && State is { Phase: RequestPhase.Open, Stage: 0 };

    /// <summary>True when nothing more will happen.</summary>
    public bool IsDone => State is { } state && state.Phase.IsFinal();

    /// <summary>True when it has been submitted and something will happen yet.</summary>
    public bool IsUnderWay => Submitted is not null && !IsDone;

    /// <summary>The changes of its status.</summary>
    public StatusChanges Changes { get; } = new(time);

    /// <summary>When it ended; null while it is open, and when there is no such request.</summary>
    public DateTimeOffset? EndedAt => State is { } state ? RetentionRules.EndedAt(state) : null;

    /// <summary>Why nothing more is told of it; null as long as its records are kept.</summary>
    public Refusal? Forgotten => State is { ForgottenAt: not null } state ? RetentionRules.RefusalOf(requestId, state) : null;

    /// <summary>Nothing more is told of it from now on: its runs are about to be deleted. Not written: they are deleted again, should this be cut off. Repeatable.</summary>
    public void BeginToForget()
    {
        if (State is { ForgottenAt: null } state) Remember(state with { ForgottenAt = time.GetUtcNow(), Version = state.Version + 1 });
    }

    /// <summary>Keeps of the request only that there was one, once its runs have been deleted. Repeatable.</summary>
    public async Task ForgetAsync()
    {
        if (State is { } state && request.Value is not { ForgottenAt: not null }) await WriteAsync(RetentionRules.Forgotten(state, time.GetUtcNow()));
        await submitted.ClearAsync();
    }

    /// <summary>Writes the body, once.</summary>
    public Task WriteAsync(StoredRequest body) => submitted.WriteAsync(body);

    /// <summary>Writes the next state.</summary>
    public async Task WriteAsync(RequestState next)
    {
        await request.WriteAsync(next);
        NoteChange();
    }

    /// <summary>Goes on to a state that follows from what is durable elsewhere: it is found out again after a crash, and need not be written.</summary>
    public void Remember(RequestState next)
    {
        _following = next;
        NoteChange();
    }

    /// <summary>Takes note of what the run tells.</summary>
    public void Learn(RunProgress progress)
    {
        var isNews = !IsSameAs(progress, Run);
        Run = progress;
        if (isNews) NoteChange();
    }

    /// <summary>Another run begins: what the one before told is in the state.</summary>
    public void ForgetRun() => (Run, _heard) = (null, null);

    /// <summary>Takes note of what the open run tells by itself; not of what another one tells, nor of what is older than what is known.</summary>
    /// <returns>Whether a step is to look at it: the run has ended, or nothing was known of it. Other progress is only shown.</returns>
    public bool Hear(string runKey, RunProgress progress)
    {
        if (State is not { Phase: RequestPhase.Open } state || runKey != GrainKeys.Run(requestId, state.Stage)) return false;
        var known = _heard?.RunKey == runKey ? _heard.Value.Progress : Run;
        // It has lost what it had not written.
        if (!progress.Started)
        {
            _heard = (runKey, progress);
            return true;
        }
        if (progress.Report is null && progress.Events.Length < known?.Events.Length) return false;
        if (known?.Report is not null) return true;
        if (progress.Report is null && Run is not null)
        {
            Learn(progress);
            return false;
        }
        _heard = (runKey, progress);
        return true;
    }

    /// <summary>What this run has told by itself since it was looked at last; null when nothing. What another one has told, of an earlier stage, is
    /// forgotten: it may have come while that stage was given up.</summary>
    public RunProgress? TakeHeard(string runKey)
    {
        var heard = _heard;
        _heard = null;
        return heard?.RunKey == runKey ? heard.Value.Progress : null;
    }

    /// <summary>When something has to happen at the latest; null when nothing will any more.</summary>
    public DateTimeOffset? Deadline => IsUnderWay ? State?.StageDeadline ?? Submitted!.Spec.HardDeadline : null;

    /// <summary>Wakes those who wait for a change, and at the end those who wait for that.</summary>
    public void NoteChange()
    {
        Changes.Note(Submitted?.SubmittedAt ?? State?.SubmittedAt);
        if (IsDone) Changes.End();
    }

    /// <summary>The status as it is told; null before the submission is complete.</summary>
    public RequestStatus? Status()
    {
        if (State is not { } state) return null;
        if (Forgotten is { } forgotten) return ForgottenStatus(state, forgotten);
        var run = state.Phase == RequestPhase.Open ? Run : null;
        return new RequestStatus
        {
            RequestId = requestId,
            Phase = run is { Leased: > 0 } ? RequestPhase.Assigned : IsBeingOpened ? RequestPhase.Routed : state.Phase,
            Version = Changes.Version,
            Timeline = run is null ? state.Timeline : state.Timeline.AddRange(run.Events),
            Outcome = state.Outcome,
            ProverId = state.ProverId,
            Paid = state.Settlement?.Captured,
            Refusal = state.Refusal,
            Invited = run?.Invited ?? state.Invited,
            Racing = run?.Leased ?? 0,
            LeftOut = run?.LeftOut ?? state.LeftOut,
            Statements = Submitted!.Spec.Statements.Length,
            Proved = RequestLifecycle.ProvedOf(state).AddRange(run?.Proved ?? []),
        };
    }

    private RequestStatus ForgottenStatus(RequestState state, Refusal forgotten) => new()
    {
        RequestId = requestId,
        Phase = state.Phase,
        Version = Changes.Version,
        Timeline = state.Timeline,
        Outcome = state.Outcome,
        ProverId = state.ProverId,
        Paid = state.Settlement?.Captured,
        Refusal = forgotten,
    };

    private static bool IsSameAs(RunProgress now, RunProgress? before) =>
        before is not null
        && now.Events.Length == before.Events.Length && now.Invited == before.Invited && now.Leased == before.Leased
        && now.LeftOut.SequenceEqual(before.LeftOut);
}
