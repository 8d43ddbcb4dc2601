using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Programs;

namespace ProvingMarket.Grains.Requests;

/// <summary>Takes a request in: from the client's body to a state that may be acknowledged.</summary>
internal sealed class RequestIntake(RequestMemory memory, KnownPrograms programs, IGrainFactory grains, TimeProvider time)
{
    private bool _isWatched;
    private bool _isBeingAdmitted;
    private Task _completing = Task.CompletedTask;

    private IRequestWatchGrain Watch => grains.GetGrain<IRequestWatchGrain>(GrainKeys.WatchShard(memory.RequestId));

    /// <summary>Admits a new body, or recognises the one that was admitted before.</summary>
    /// <returns>Why it is not admitted; null when it is.</returns>
    public async Task<SubmitAnswer?> AdmitAsync(ProofRequestSpec spec)
    {
        var digest = RequestRules.DigestOf(spec);
        if (memory.Forgotten is { } forgotten && memory.State!.Digest == digest) return new SubmitAnswer { Refusal = forgotten };
        if ((memory.Submitted?.Digest ?? memory.State?.Digest) is not { } earlier)
            return await AdmitNewAsync(spec, digest) is { } refusal ? new SubmitAnswer { Refusal = refusal } : null;
        return earlier == digest ? null : Conflicting(spec);
    }

    private SubmitAnswer Conflicting(ProofRequestSpec spec)
    {
        var conflict = memory.Submitted is not { } first ? null : new RequestConflict
        {
            Fields = RequestRules.DifferencesOf(first.Spec, spec),
            SubmittedAt = first.SubmittedAt,
            SoftDeadline = first.Spec.SoftDeadline,
            HardDeadline = first.Spec.HardDeadline,
        };
        var value = conflict is null ? spec.RequestId : $"{spec.RequestId} with another {string.Join(", ", conflict.Fields)}";
        return new SubmitAnswer
        {
            Refusal = Refusal.Of(ReasonCode.RequestIdConflict, "requestId", "a new id, or the body it was first submitted with", value), Conflict = conflict,
        };
    }

    /// <summary>From the written body to the acknowledged state: watched, money held. That it is open then follows from the body and the hold, so it needs no write of
    /// its own: who has only the body asks for the hold again, and is told that it is there. A rejection is written. May be repeated; who comes while it is under way waits for the same.</summary>
    public Task CompleteAsync() => _completing.IsCompleted ? _completing = CompleteOnceAsync() : _completing;

    /// <summary>Nothing is left to do. A rejected request first ends the hold that it never got: an attempt of which it has not heard may still be on
    /// its way, and must find it ended. May be repeated.</summary>
    public async Task LeaveAsync()
    {
        if (memory is { State.Phase: RequestPhase.Rejected, Submitted: { } body })
            await grains.GetGrain<IAccountGrain>(body.Spec.Account).CaptureAsync(memory.RequestId, Credits.Zero, body.SubmittedAt);
        await Watch.RemoveAsync(memory.RequestId, memory.EndedAt);
    }

    /// <summary>Whether there is such a request, or may be in a moment. When there is none its shard, which asks, forgets it: who submits it after this adds it to the shard
    /// again.</summary>
    public bool IsToBeWatched()
    {
        if (memory.Submitted is not null || memory.State is not null || _isBeingAdmitted) return true;
        _isWatched = false;
        return false;
    }

    private async Task CompleteOnceAsync()
    {
        var body = memory.Submitted!;
        await WatchAsync();
        var hold = await grains.GetGrain<IAccountGrain>(body.Spec.Account).HoldAsync(memory.RequestId, body.Spec.MaxPrice, body.SubmittedAt);
        if (hold.Refusal is { } refusal)
        {
            await memory.WriteAsync(RequestLifecycle.Rejected(body.Digest, body.SubmittedAt, refusal, time.GetUtcNow()));
            await LeaveAsync();
            return;
        }
        // Who finds it again does not know when the money was held: before anything else that happened.
        var heldAt = memory.HasTakenIn ? time.GetUtcNow() : body.SubmittedAt;
        memory.Remember(RequestLifecycle.Opened(body.Digest, body.SubmittedAt, body.Plan, body.Spec.MaxPrice, FirstDeadline(body), heldAt));
    }

    private async Task WatchAsync()
    {
        if (_isWatched) return;
        await Watch.AddAsync(memory.RequestId);
        _isWatched = true;
    }

    /// <summary>Checks a body against rules, program and mechanisms, and writes it. Its shard hears of it at the same time: one that finds no body forgets it again.</summary>
    private async Task<Refusal?> AdmitNewAsync(ProofRequestSpec spec, string digest)
    {
        var now = time.GetUtcNow();
        if (spec.RequestId != memory.RequestId)
            return Refusal.Of(ReasonCode.FieldMalformed, "requestId", $"the request called, {memory.RequestId}", spec.RequestId);
        if (RequestRules.Check(spec, now) is { } refusal) return refusal;

        var (program, unfit) = await FindProgramAsync(spec);
        if (program is null) return unfit;
        var route = await grains.GetGrain<IMechanismRouterGrain>(GrainKeys.Single).RouteAsync(new RouteQuery
        {
            Mechanism = spec.Mechanism, Fallbacks = spec.Fallbacks, Question = RouteQuestions.Of(spec, program, now),
        });
        if (route.Refusal is not null) return route.Refusal;

        memory.HasTakenIn = true;
        _isBeingAdmitted = true;
        try
        {
            await Task.WhenAll(
                memory.WriteAsync(new StoredRequest { Spec = spec, Digest = digest, Program = program, Plan = route.Plan!, Decision = route.Decision, SubmittedAt = now }),
                WatchAsync());
        }
        finally
        {
            _isBeingAdmitted = false;
        }
        return null;
    }

    /// <summary>The program, when there is one, the public inputs fit it and no two statements are the same. What this silo knows already is not asked for: programs never change.</summary>
    private async Task<(ProgramSummary? Program, Refusal? Refusal)> FindProgramAsync(ProofRequestSpec spec)
    {
        if (programs.Find(spec.ProgramId) is { } known) return Fitting(known.Summary, InputsOf(spec).Select(known.Check));
        var asked = await grains.GetGrain<IProgramGrain>(spec.ProgramId).GetAsync();
        if (asked.Program is not { } program) return (null, asked.Refusal);
        var verifier = grains.GetGrain<IProofVerifierGrain>(GrainKeys.Single);
        return Fitting(program, await Task.WhenAll(InputsOf(spec).Select(inputs => verifier.CheckPublicInputsAsync(spec.ProgramId, inputs))));

        (ProgramSummary?, Refusal?) Fitting(ProgramSummary found, IEnumerable<Refusal?> refusals)
        {
            var (statement, refusal) = refusals.Index().FirstOrDefault(checkedInputs => checkedInputs.Item is not null);
            if (refusal is not null) return (null, spec.IsBatch ? refusal with { Field = $"statements[{statement}].{refusal.Field}" } : refusal);
            // Its files are covered by its id, and nobody reads them from a request: they would be in each record and message about it.
            return spec.IsBatch && CheckDistinct(found, spec) is { } repeated ? (null, repeated) : (found with { Artefacts = [] }, null);
        }
    }

    /// <summary>Refuses statements that are the same however they are laid out. What the proof system reads counts, not the bytes: one proof would be paid for both.</summary>
    private Refusal? CheckDistinct(ProgramSummary program, ProofRequestSpec spec)
    {
        if (programs.FindSystem(program.ProofSystem) is not { } system) return programs.UnknownSystem(program.ProofSystem);
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (statement, inputs) in InputsOf(spec).Index())
        {
            if (system.DigestPublicInputs(inputs.Memory) is { } digest && !known.TryAdd(digest, statement)) return RequestRules.Repeated(statement, known[digest]);
        }
        return null;
    }

    private static IEnumerable<Bytes> InputsOf(ProofRequestSpec spec) =>
        spec.IsBatch ? spec.Statements.Select(statement => statement.PublicInputs) : [spec.PublicInputs];

    // From the time of the submission, so that a start which was cut off is repeated with the same order.
    private static DateTimeOffset FirstDeadline(StoredRequest body) =>
        EscalationRules.DeadlineOf(body.Plan, 0, body.SubmittedAt, body.SubmittedAt, body.Spec.HardDeadline);
}
