using System.Runtime.CompilerServices;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Requests;

/// <summary>A handle on the request's grain.</summary>
internal sealed class MarketProofHandle(string requestId, IGrainFactory grains, RepeatedCalls calls, TimeSpan longPoll) : ProofHandle
{
    /// <summary>A version that no request reaches.</summary>
    private const long NothingButTheEnd = long.MaxValue;

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
        var last = await GetStatusAsync(cancellationToken);
        if (last is { Phase: var phase } && !phase.IsFinal()) last = await NextAsync(NothingButTheEnd, cancellationToken);
        var outcome = new ProofOutcome { RequestId = requestId, Status = last };
        if (last is null) return outcome with { Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "the id of a submitted request", requestId) };
        if (last.Phase != RequestPhase.Fulfilled) return outcome with { Refusal = ProofOutcome.ReasonOf(last) };

        var answer = await calls.RepeatAsync($"Proof of {requestId}", () => Request.GetProofAsync(), cancellationToken);
        return outcome with { Proof = answer.Proof, PublicInputs = answer.PublicInputs, Refusal = answer.Refusal };
    }

    public override Task<RequestExplanation> ExplainAsync(CancellationToken cancellationToken = default) =>
        calls.RepeatAsync($"Explanation of {requestId}", () => Request.ExplainAsync(), cancellationToken);

    public override Task<CancelAnswer> CancelAsync(CancellationToken cancellationToken = default) =>
        calls.RepeatAsync($"Cancellation of {requestId}", () => Request.CancelAsync(), cancellationToken);

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
