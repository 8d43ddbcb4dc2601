using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms.Cooperative;

/// <summary>A committee on one request. Its decisions are <see cref="CooperativeRules"/> and <see cref="CooperativeEnd"/>.</summary>
[GrainType("cooperative-run")]
[CollectionAgeLimit(Minutes = 2)]
internal class CooperativeRunGrain(
    [PersistentState("cooperative", StorageNames.Market)] IPersistentState<CooperativeState> storage, RunServices services)
    : ElectionRunGrain<CooperativeState>(storage, services), ICooperativeRunGrain
{
    private ICommitteeGrain Committee =>
        GrainFactory.GetGrain<ICommitteeGrain>(GrainKeys.Committee(State!.Run.Order.Account, State.Run.Order.Program.ProgramId));

    protected override bool HasWorkAfterEnd => true;

    /// <summary>The committee that is drawn.</summary>
    protected virtual CooperativeState Drawn(CooperativeState state, CommitteeRecord? last, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now) =>
        CooperativeRules.Drawn(state, last, candidates, now);

    /// <summary>The state after a valid proof of a statement.</summary>
    protected virtual CooperativeState Delivered(CooperativeState state, int statement, AcceptedProof proof) => CooperativeRules.Delivered(state, statement, proof);

    protected override (CooperativeState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) =>
        CooperativeRules.Start(order, Services.Beacons.Next(), now);

    protected override Credits PostedReward(CooperativeState state, string proverId) => CooperativeRules.RewardOf(state, proverId);

    protected override Invitation InvitationTo(CooperativeState state, string proverId, DateTimeOffset answerBy) =>
        base.InvitationTo(state, proverId, answerBy) with { Work = RunRules.TermsOf(state.Run, state.Run.Participants[proverId]).Work ?? state.Run.Order.Program.Work };

    protected override CooperativeState Verified(CooperativeState state, AcceptedProof proof) => CooperativeRules.Delivered(state, statement: 0, proof);

    protected override CooperativeState Missed(CooperativeState state, string proverId, DateTimeOffset now) => CooperativeRules.Missed(state, proverId, now);

    protected override CooperativeState Concluded(CooperativeState state, ReasonCode cause, DateTimeOffset now) => CooperativeEnd.Concluded(state, cause, now);

    protected override ImmutableArray<ProvedStatement> ProvedIn(CooperativeState state) => state.Run.Order.IsBatch ? state.Proved : [];

    protected override DateTimeOffset? NextAt(CooperativeState state) => CooperativeRules.NextAt(state);

    protected override bool WantsProvers(CooperativeState state) => CooperativeRules.WantsMembers(state);

    protected override CooperativeState Called(CooperativeState state, DateTimeOffset now) => CooperativeRules.Called(state, now);

    /// <summary>Whoever is drawn must be able to do the largest share there is, for what it is paid.</summary>
    protected override CandidateQuery Query(CooperativeState state)
    {
        var query = base.Query(state);
        var (order, free) = (state.Run.Order, CooperativeRules.FreeSeats(state));
        var largest = free.IsEmpty
            ? CommitteeShares.LargestOf(CooperativeRules.CountOf(order), state.Parameters.Faults)
            : free.Max(seat => state.Seats[seat].Statements.Count(statement => CooperativeRules.ProofOf(state, statement) is null));
        return query with
        {
            Program = query.Program with { Work = new WorkUnits(order.Program.Work.Milli * largest) }, Reward = new Credits(checked(state.Parameters.Price.Micro * largest)),
        };
    }

    protected override async Task<ImmutableArray<ElectionCandidate>> FindAsync(CooperativeState state, DateTimeOffset now)
    {
        var (candidates, eligible) = await FindDrawableAsync(state, now);
        if (candidates.Length >= CooperativeRules.SeatsWanted(state)) return candidates;
        if (!candidates.IsEmpty) NoteLeftOut(eligible with { LeftOut = eligible.LeftOut.SetItem(ReasonCode.CommitteeIncomplete, candidates.Length) });
        return [];
    }

    protected override async Task<CooperativeState> DrawnAsync(CooperativeState state, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now) =>
        Drawn(state, state.Seats.IsEmpty ? await Committee.GetLastAsync() : null, candidates, now);

    protected override async Task<Assignment> AssignAsync(CooperativeState state, string proverId)
    {
        if (!state.Run.Order.IsBatch) return await base.AssignAsync(state, proverId);
        var left = CooperativeRules.LeftFor(state, proverId);
        var inputs = await AskRequestAsync(request => request.GetStatementInputsAsync(left));
        return AssignmentOf(state, proverId) with
        {
            Statements =
            [
                .. left.Zip(inputs, (statement, input) => new AssignedStatement
                {
                    Statement = statement, PublicInputs = CooperativeRules.PublicInputsOf(state.Run.Order, statement)!.Value, Input = input,
                }),
            ],
        };
    }

    public override Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission) => State?.Run.Order.IsBatch == true
        ? Task.FromResult(Refused(Refusal.Of(ReasonCode.StatementUnknown, "statement", "the number of a statement, in a submission for a batch", "none")))
        : base.SubmitAsync(submission);

    public async Task<BatchAnswer> SubmitManyAsync(BatchSubmission submission)
    {
        if (State is null) return new BatchAnswer { Refusal = Unknown() };
        if (CooperativeRules.CheckCount(submission.Proofs.IsDefault ? [] : [.. submission.Proofs.Select(proof => proof.Statement)]) is { } malformed)
            return new BatchAnswer { Refusal = malformed };
        var (receivedAt, prover, proofs) = (Now, submission.ProverId, submission.Proofs);
        var isRepeated = proofs.All(proof => CooperativeRules.ProofOf(State, proof.Statement)?.ProverId == prover);
        var lost = isRepeated ? null : await ConfirmLeaseAsync(prover, submission.Session);

        var answers = new SubmissionAnswer[proofs.Length];
        var open = new List<int>();
        for (var i = 0; i < proofs.Length; i++)
        {
            var refusal = lost ?? CooperativeRules.CheckStatement(State, prover, proofs[i].Statement)
                ?? RunRules.CheckSubmission(State.Run, prover, submission.Session, proofs[i].PublicInputs, proofs[i].Proof, receivedAt);
            if (CooperativeRules.ProofOf(State, proofs[i].Statement) is { } earlier && earlier.ProverId == prover) answers[i] = new SubmissionAnswer { Reward = earlier.Reward };
            else if (refusal is not null) answers[i] = Refused(refusal);
            else open.Add(i);
        }
        if (open.Count > 0) await DecideAsync(prover, proofs, open, answers, receivedAt);
        var isAtWork = State is { Run.Report: null } && State.Run.Participants.GetValueOrDefault(prover)?.Status == ParticipantStatus.Proving;
        return new BatchAnswer { Answers = [.. answers], Left = isAtWork ? CooperativeRules.LeftFor(State, prover) : [] };
    }

    /// <summary>Remembers who was silent for the requester's next committee.</summary>
    protected override Task AfterEndAsync(CooperativeState state) => state.Seats.IsEmpty
        ? Task.CompletedTask
        : Committee.NoteAsync(new CommitteeRecord { RunKey = RunKey, EndedAt = state.Run.Report!.EndedAt, Silent = CooperativeEnd.SilentIn(state) });

    /// <summary>The proofs of a batch have records of their own.</summary>
    protected override Task ForgettingAsync(CooperativeState state) => state.Run.Order.IsBatch
        ? Task.WhenAll(state.Proved.Select(proved => proved.Digest).Concat(state.Kept).Distinct(StringComparer.Ordinal).Select(digest => BatchProof(digest).ForgetAsync()))
        : Task.CompletedTask;

    private IBatchProofGrain BatchProof(string digest) => GrainFactory.GetGrain<IBatchProofGrain>(GrainKeys.BatchProof(RunKey, digest));

    /// <summary>Verifies proofs together, and counts the valid ones in one write. Each has been kept in a record of its own before.</summary>
    private async Task DecideAsync(
        string prover, ImmutableArray<StatementProof> proofs, List<int> open, SubmissionAnswer[] answers, DateTimeOffset receivedAt)
    {
        var before = State!;
        var verdicts = await AskVerifierAsync(verifier => verifier.VerifyManyAsync(new VerifyManyCommand
        {
            ProgramId = before.Run.Order.Program.ProgramId,
            Proofs =
            [
                .. open.Select(i => new ProofToVerify
                {
                    ExpectedPublicInputs = CooperativeRules.PublicInputsOf(before.Run.Order, proofs[i].Statement)!.Value, PublicInputs = proofs[i].PublicInputs, Proof = proofs[i].Proof,
                }),
            ],
        }));
        var valid = open.Where((_, n) => verdicts[n].IsValid).ToArray();
        var kept = valid.Select(i => (Digest: TranscriptRules.DigestOf(prover, proofs[i].Proof), proofs[i].Proof)).ToArray();
        // Noted before: a record that nobody knows of could never be deleted.
        var noted = CooperativeRules.Keeping(before, [.. kept.Select(one => one.Digest)]);
        if (!ReferenceEquals(noted, before)) await CommitAsync(noted);
        await Task.WhenAll(kept.Select(one => BatchProof(one.Digest).KeepAsync(one.Proof)));

        var (next, decidedAt) = (noted, Now);
        foreach (var i in valid)
        {
            next = Delivered(
                next, proofs[i].Statement, new AcceptedProof { ProverId = prover, Proof = proofs[i].Proof, ReceivedAt = receivedAt, VerifiedAt = decidedAt });
            answers[i] = new SubmissionAnswer { Reward = next.Parameters.Price };
        }
        for (var n = 0; n < open.Count; n++)
        {
            if (verdicts[n].IsValid) continue;
            var (i, verdict) = (open[n], verdicts[n]);
            var isFault = RunRules.IsFault(verdict.Reason);
            if (isFault) NoteInvalid(prover, verdict);
            if (isFault && next.Run.Participants[prover].Status == ParticipantStatus.Proving)
                next = next.With(RunRules.Disqualified(next.Run, prover, verdict.Reason, $"statement {proofs[i].Statement}: {verdict.Detail}", decidedAt));
            answers[i] = Refused(Refusal.Of(verdict.Reason, $"proof of statement {proofs[i].Statement}", "a valid proof for the statement's public inputs", verdict.Detail));
        }
        // Who delivered for other public inputs only has changed nothing.
        if (ReferenceEquals(next, noted)) return;
        await CommitAsync(next);
        TellRequest();
        TellOthers(next, prover, [.. valid.Select(i => proofs[i].Statement)]);
        if (next.Run.Report is null) EndIdleLeases(before, next);
    }

    /// <summary>Whoever has been given a statement that is proved now is told to stop with it.</summary>
    private void TellOthers(CooperativeState state, string prover, ImmutableArray<int> proved)
    {
        foreach (var seat in state.Seats)
        {
            if (seat.Members is not [.., var other] || other == prover) continue;
            var stopped = proved.RemoveAll(statement => !seat.Statements.Contains(statement));
            if (!stopped.IsEmpty) StopStatements(other, stopped);
        }
    }

    /// <summary>Frees the slots of members that have nothing left to prove, and of one that is out.</summary>
    private void EndIdleLeases(CooperativeState before, CooperativeState after)
    {
        foreach (var member in after.Run.Participants.Values)
        {
            if (member.Status is not (ParticipantStatus.Delivered or ParticipantStatus.Released or ParticipantStatus.Disqualified)
                || before.Run.Participants[member.ProverId].Status == member.Status) continue;
            // Whose proof was invalid hears it with its answer.
            if (member.Status != ParticipantStatus.Disqualified) Stop([member.ProverId], member.Delivery is null ? ReasonCode.Outraced : ReasonCode.Won);
            EndLeaseSoon(member.ProverId);
        }
    }
}
