using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Routing;

/// <summary>What a request got in the end, judged as its routing was.</summary>
[GenerateSerializer, Immutable, Alias("pm.RealisedService")]
public sealed record RealisedService
{
    /// <summary>Whether a valid proof came by the hard deadline.</summary>
    [Id(0)] public required bool IsDelivered { get; init; }

    /// <summary>From the submission to the verified proof; zero without one.</summary>
    [Id(1)] public TimeSpan Latency { get; init; }

    /// <summary>What was paid.</summary>
    [Id(2)] public Credits Paid { get; init; }

    /// <summary>How many provers held the work.</summary>
    [Id(3)] public int Provers { get; init; }

    /// <summary>The realised loss of quality of service, in millionths.</summary>
    [Id(4)] public required int LossPpm { get; init; }
}

/// <summary>What would have been best instead of what was run, as far as it can be known: by what was expected of it when the request was routed, since what was not run has no outcome.</summary>
[GenerateSerializer, Immutable, Alias("pm.Counterfactual")]
public sealed record Counterfactual
{
    /// <summary>The best of the other instances.</summary>
    [Id(0)] public required string Instance { get; init; }

    /// <summary>The loss that was expected of it, in millionths.</summary>
    [Id(1)] public required int ExpectedLossPpm { get; init; }

    /// <summary>By how much that is less than the realised loss, in millionths; negative when what was run turned out better than it.</summary>
    [Id(2)] public required int BetterByPpm { get; init; }
}

/// <summary>Compares what a request got with what was expected of its routing.</summary>
public static class ServiceRules
{
    /// <summary>What a request that is decided got; null while it is open, and when its requester cancelled it.</summary>
    public static RealisedService? Realised(RequestState state, RouteDecision decision)
    {
        if (state.Settlement is not { } settlement || state.Outcome == ReasonCode.CancelledByRequester) return null;
        var isDelivered = state.Outcome == ReasonCode.Won;
        var latency = isDelivered ? VerifiedAt(state) - state.SubmittedAt : TimeSpan.Zero;
        if (latency < TimeSpan.Zero) latency = TimeSpan.Zero;
        var provers = RealisedQos.HoldersOf(settlement.Leases);
        var utilities = RealisedQos.Of(isDelivered, latency, settlement.Captured, provers, decision.HalfLife, decision.Reference);
        return new RealisedService
        {
            IsDelivered = isDelivered,
            Latency = latency,
            Paid = settlement.Captured,
            Provers = provers,
            LossPpm = (int)Math.Round(RealisedQos.LossOf(utilities, decision.Weights) * 1_000_000),
        };
    }

    /// <summary>The best of what was not run; null when there was nothing else.</summary>
    public static Counterfactual? BestOther(RouteDecision decision, RealisedService realised)
    {
        var best = default(InstanceForecast);
        foreach (var row in decision.Table)
        {
            if (row.IsFeasible && !ReferenceEquals(row, decision.Chosen) && (best is null || row.LossPpm < best.LossPpm)) best = row;
        }
        return best is null ? null : new Counterfactual { Instance = best.Instance, ExpectedLossPpm = best.LossPpm, BetterByPpm = realised.LossPpm - best.LossPpm };
    }

    /// <summary>What is to be learned from a request that has ended; null when nothing is: it was not routed, nobody could be expected to serve it, it was
    /// cancelled, or the market failed.</summary>
    public static RouteOutcome? OutcomeOf(ProofRequestSpec spec, RequestState state, RouteDecision? decision)
    {
        if (decision?.Basis is not { } basis || Realised(state, decision) is not { } realised) return null;
        if (state.Outcome is not (ReasonCode.Won or ReasonCode.NobodyJoined or ReasonCode.NobodyDelivered)) return null;
        var primary = realised.IsDelivered && state.Stage == 0;
        return new RouteOutcome
        {
            RequestId = spec.RequestId,
            Account = spec.Account,
            ProgramId = spec.ProgramId,
            Basis = basis,
            Succeeded = primary,
            Took = primary ? realised.Latency : TimeSpan.Zero,
            Paid = primary ? realised.Paid : Credits.Zero,
            Provers = primary ? realised.Provers : 0,
            LossPpm = realised.LossPpm,
            TimeHeld = realised.IsDelivered && decision.Chosen is { } stated ? realised.Latency <= stated.LatencyP90 : null,
            PriceHeld = realised.IsDelivered && decision.Chosen is { } said ? realised.Paid <= said.PriceP90 : null,
            Due = state.SubmittedAt + (decision.Chosen?.LatencyP90 ?? TimeSpan.Zero),
            ExpectedLossPpm = decision.Chosen?.LossPpm ?? 1_000_000,
        };
    }

    private static DateTimeOffset VerifiedAt(RequestState state)
    {
        foreach (var entry in state.Timeline)
        {
            if (entry is { Phase: RequestPhase.Verifying, Reason: ReasonCode.Won }) return entry.At;
        }
        return state.Settlement!.DecidedAt;
    }
}
