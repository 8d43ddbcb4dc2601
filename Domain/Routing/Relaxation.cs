namespace ProvingMarket.Domain.Routing;

/// <summary>A change of one limit of a request by which further provers would have been eligible.</summary>
[GenerateSerializer, Immutable, Alias("pm.Relaxation")]
public sealed record Relaxation
{
    /// <summary>The limit that excludes them, and nothing else does; <see cref="ReasonCode.OutOfRange"/> for how many are wanted side by side.</summary>
    [Id(0)] public required ReasonCode Limit { get; init; }

    /// <summary>How many it excludes; for redundancy, how many could work side by side.</summary>
    [Id(1)] public required int Provers { get; init; }

    /// <summary>The smallest change that would let the first of them in, in words.</summary>
    [Id(2)] public required string Change { get; init; }

    /// <summary>How large that change is, in per cent of the limit; 100 for dropping one.</summary>
    [Id(3)] public required int Percent { get; init; }
}
