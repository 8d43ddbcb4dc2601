using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A request as the client meets it.</summary>
internal sealed class FakeRequest : IProofRequestGrain
{
    public Script<ProofRequestSpec, SubmitAnswer> Submits { get; } = new(spec => new SubmitAnswer { Status = Status(RequestPhase.Routed, 1) });

    public Script<bool, RequestStatus?> Statuses { get; } = new(_ => Status(RequestPhase.Routed, 1));

    public Script<(long AfterVersion, TimeSpan AtMost), RequestStatus?> Watches { get; } = new(_ => null);

    public Script<TimeSpan, EndAnswer> Ends { get; } = new(_ => new EndAnswer());

    public Script<int, ProofAnswer> Proofs { get; } = new(_ => new ProofAnswer { Proof = Bytes.Utf8("proof"), PublicInputs = Bytes.Utf8("[\"1\"]") });

    public Script<bool, CancelAnswer> Cancels { get; } = new(_ => new CancelAnswer { Status = Status(RequestPhase.Open, 3) });

    public Script<bool, RequestRecord?> Records { get; } = new(_ => null);

    public static RequestStatus Status(RequestPhase phase, long version, ReasonCode outcome = ReasonCode.None, Refusal? refusal = null) => new()
    {
        RequestId = "r1", Phase = phase, Version = version, Timeline = ImmutableArray<TimelineEntry>.Empty, Outcome = outcome, Refusal = refusal,
    };

    /// <summary>What whoever waits for the end is told: with the proof of a request that is fulfilled.</summary>
    public static EndAnswer End(RequestPhase phase, long version, ReasonCode outcome = ReasonCode.None) => new()
    {
        Status = Status(phase, version, outcome),
        Proof = phase == RequestPhase.Fulfilled ? new ProofAnswer { Proof = Bytes.Utf8("proof"), PublicInputs = Bytes.Utf8("[\"1\"]") } : null,
    };

    public Task<SubmitAnswer> SubmitAsync(ProofRequestSpec spec) => Submits.CallAsync(spec);

    public Task<RequestStatus?> GetStatusAsync() => Statuses.CallAsync(true);

    public Task<RequestStatus?> WatchAsync(long afterVersion, TimeSpan atMost, CancellationToken cancellationToken = default) =>
        Watches.CallAsync((afterVersion, atMost)).WaitAsync(cancellationToken);

    public Task<EndAnswer> WaitForEndAsync(TimeSpan atMost, CancellationToken cancellationToken = default) => Ends.CallAsync(atMost).WaitAsync(cancellationToken);

    public Task<ProofAnswer> GetProofAsync(int statement = 0) => Proofs.CallAsync(statement);

    public Script<bool, RequestExplanation> Explanations { get; } = new(_ => new RequestExplanation());

    public Task<RequestExplanation> ExplainAsync() => Explanations.CallAsync(true);

    public Task<CancelAnswer> CancelAsync() => Cancels.CallAsync(true);

    public Task<RequestRecord?> GetRecordAsync() => Records.CallAsync(true);

    public Task HearAsync(string runKey, RunProgress progress) => throw new NotSupportedException("Not for clients.");

    public Task<bool> ForgetAsync() => throw new NotSupportedException("Not for clients.");

    public Task PokeAsync() => throw new NotSupportedException("Not for clients.");

    public Task<bool> WakeAsync() => throw new NotSupportedException("Not for clients.");

    public Task<ImmutableArray<Bytes>> GetStatementInputsAsync(ImmutableArray<int> statements) => throw new NotSupportedException("Not for clients.");

    public Task<Bytes> GetInputAsync() => throw new NotSupportedException("Not for clients.");
}
