using System.Runtime.CompilerServices;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Requests;

/// <summary>A handle on the request's grain.</summary>
internal sealed class MarketProofHandle(string requestId, IGrainFactory grains, RepeatedCalls calls, TimeSpan longPoll) : ProofHandle
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
            status = await NextAsync(status, cancellationToken);
        }
    }

    public override async Task<ProofOutcome> WaitAsync(CancellationToken cancellationToken = default)
    {
        RequestStatus? last = null;
        await foreach (var status in WatchAsync(cancellationToken)) last = status;

        var outcome = new ProofOutcome { RequestId = requestId, Status = last };
        if (last is null) return outcome with { Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "the id of a submitted request", requestId) };
        if (last.Phase != RequestPhase.Fulfilled) return outcome with { Refusal = ProofOutcome.ReasonOf(last) };

        var answer = await calls.RepeatAsync($"Proof of {requestId}", () => Request.GetProofAsync(), cancellationToken);
        return outcome with { Proof = answer.Proof, PublicInputs = answer.PublicInputs, Refusal = answer.Refusal };
    }

    public override Task<CancelAnswer> CancelAsync(CancellationToken cancellationToken = default) =>
        calls.RepeatAsync($"Cancellation of {requestId}", () => Request.CancelAsync(), cancellationToken);

    /// <summary>Polls until there is news: a poll that nothing happened in returns what is known already.</summary>
    private async Task<RequestStatus?> NextAsync(RequestStatus known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await calls.RepeatAsync(
                $"Watch of {requestId}", () => Request.WatchAsync(known.Version, longPoll, cancellationToken), cancellationToken);
            if (status is null || status.Version > known.Version || status.Phase.IsFinal()) return status;
        }
    }
}
