using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client;

/// <summary>A request in the market. The handle holds nothing but the id: it may be dropped, and made again with
/// <see cref="IProvingMarketClient.Attach"/>.</summary>
public abstract class ProofHandle
{
    /// <summary>The request.</summary>
    public abstract string RequestId { get; }

    /// <summary>Where the request stands now; null when there is none.</summary>
    public abstract Task<RequestStatus?> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>The status now and at every change, the final one last. Changes that follow each other quickly may be seen as one; the timeline
    /// of the last has them all. Empty when there is no such request.</summary>
    public abstract IAsyncEnumerable<RequestStatus> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits for the end and fetches the proof, if there is one.</summary>
    public abstract Task<ProofOutcome> WaitAsync(CancellationToken cancellationToken = default);

    /// <summary>Why the request is served as it is: the plan, the table that decided it, and once it has ended how what it got compares. Of a request that names its mechanism,
    /// what the market would do now if it did not (<see cref="RequestExplanation.Alternative"/>).</summary>
    public abstract Task<RequestExplanation> ExplainAsync(CancellationToken cancellationToken = default);

    /// <summary>Fetches all that the request's outcome is computed again from (<see cref="RequestAudit.Check"/>): what the request remembers, and the
    /// transcripts of its runs. Null when there is no such request. Of a request that is open, it is what there is so far.</summary>
    public abstract Task<RequestEvidence?> GetEvidenceAsync(CancellationToken cancellationToken = default);

    /// <summary>Asks the market to cancel the request. Refused when a proof has already been accepted; else the money comes back.</summary>
    public abstract Task<CancelAnswer> CancelAsync(CancellationToken cancellationToken = default);
}
