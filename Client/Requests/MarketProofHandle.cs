using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Requests;

/// <summary>A handle on the request's grain.</summary>
/// <param name="requestId">The request.</param>
/// <param name="isAccepted">Whether it is known that there is such a request. Otherwise nobody waits for its end before somebody has seen it.</param>
/// <param name="grains">The market's grains.</param>
/// <param name="calls">Repeats calls that are not answered.</param>
/// <param name="longPoll">How long a call waits for news.</param>
internal sealed class MarketProofHandle(string requestId, bool isAccepted, IGrainFactory grains, RepeatedCalls calls, TimeSpan longPoll) : ProofHandle
{
    public override string RequestId => requestId;

    private IProofRequestGrain Request => grains.GetGrain<IProofRequestGrain>(requestId);

    public override Task<RequestStatus?> GetStatusAsync(CancellationToken cancellationToken = default) =>
        calls.RepeatAsync($"Status of {requestId}", () => Request.GetStatusAsync(), cancellationToken);

    public override async IAsyncEnumerable<RequestStatus> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(cancellationToken);
        while (status is not null)
        {
            yield return status;
            if (status.Phase.IsFinal()) yield break;
            status = await NextAsync(status.Version, cancellationToken);
        }
    }

    public override async Task<ProofOutcome> WaitAsync(CancellationToken cancellationToken = default)
    {
        var unknown = new ProofOutcome { RequestId = requestId, Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "the id of a submitted request", requestId) };
        if (!isAccepted && await GetStatusAsync(cancellationToken) is null) return unknown;
        var (last, proof) = await EndAsync(cancellationToken);
        if (last is null) return unknown;
        var outcome = new ProofOutcome { RequestId = requestId, Status = last, Refusal = last.Phase == RequestPhase.Fulfilled ? null : ProofOutcome.ReasonOf(last) };
        if (last.Statements > 0) return outcome with { Statements = await GetBatchAsync(last, cancellationToken) };
        return proof is null ? outcome : outcome with { Proof = proof.Proof, PublicInputs = proof.PublicInputs, Refusal = proof.Refusal };
    }

    public override async Task<RequestExplanation> ExplainAsync(CancellationToken cancellationToken = default)
    {
        var explanation = await calls.RepeatAsync($"Explanation of {requestId}", () => Request.ExplainAsync(), cancellationToken);
        if (explanation is { Decision: not null } or { Question: null } or { Question.Statements: > 0 }) return explanation;
        var router = grains.GetGrain<IMechanismRouterGrain>(GrainKeys.Single);
        return explanation with { Alternative = await calls.RepeatAsync($"Quote for {requestId}", () => router.QuoteAsync(explanation.Question), cancellationToken) };
    }

    /// <summary>One call for each proof: together they may be larger than a message.</summary>
    private async Task<ImmutableArray<StatementOutcome>> GetBatchAsync(RequestStatus status, CancellationToken cancellationToken)
    {
        var proofs = ImmutableArray.CreateBuilder<StatementOutcome>(status.Proved.Length);
        foreach (var proved in status.Proved)
        {
            var answer = await calls.RepeatAsync($"Proof of statement {proved.Statement} of {requestId}", () => Request.GetProofAsync(proved.Statement), cancellationToken);
            if (answer.Refusal is { } refusal) throw new InvalidOperationException($"The market says that statement {proved.Statement} of {requestId} is proved, and refuses its proof: {refusal}");
            proofs.Add(new StatementOutcome { Statement = proved.Statement, ProverId = proved.ProverId, Proof = answer.Proof, PublicInputs = answer.PublicInputs });
        }
        return proofs.MoveToImmutable();
    }

    public override Task<CancelAnswer> CancelAsync(CancellationToken cancellationToken = default) =>
        calls.RepeatAsync($"Cancellation of {requestId}", () => Request.CancelAsync(), cancellationToken);

    public override async Task<RequestEvidence?> GetEvidenceAsync(CancellationToken cancellationToken = default)
    {
        // The request first: what it has noted of a stage, the stage's run has written before.
        var record = await calls.RepeatAsync($"Record of {requestId}", () => Request.GetRecordAsync(), cancellationToken);
        if (record is null) return null;
        var runs = await Task.WhenAll(record.Stages.Select(stage => calls.RepeatAsync(
            $"Transcript of {stage.RunKey}", () => grains.GetGrain<IRunForRequests>(stage.RunGrain).GetTranscriptAsync(), cancellationToken)));
        return record.ToEvidence(stage => runs[record.Stages.IndexOf(stage)]);
    }

    /// <summary>Polls until the request has ended.</summary>
    private async Task<(RequestStatus? Status, ProofAnswer? Proof)> EndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = await calls.RepeatAsync($"End of {requestId}", () => Request.WaitForEndAsync(longPoll, cancellationToken), cancellationToken);
            if (end.Status is null || end.Status.Phase.IsFinal()) return (end.Status, end.Proof);
        }
    }

    /// <summary>Polls until there is news: a poll that nothing happened in returns what is known already. The end is always news.</summary>
    private async Task<RequestStatus?> NextAsync(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await calls.RepeatAsync(
                $"Watch of {requestId}", () => Request.WatchAsync(known, longPoll, cancellationToken), cancellationToken);
            if (status is null || status.Version > known || status.Phase.IsFinal()) return status;
        }
    }
}
