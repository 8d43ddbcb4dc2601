using ProvingMarket.Domain;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Simulation.Study.Demand;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>What became of a request in one world.</summary>
internal sealed record StudyOutcome
{
    /// <summary>The request.</summary>
    public required StudyRequest Request { get; init; }

    /// <summary>The mechanism of the stage it ended in; empty when it was refused.</summary>
    public string Mechanism { get; init; } = "";

    /// <summary>The mechanism of its first stage; empty when it was refused.</summary>
    public string Primary { get; init; } = "";

    /// <summary>The table that decided how it was served; null when the mechanism was named.</summary>
    public RouteDecision? Decision { get; init; }

    /// <summary>Why it ended.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>From asking to the verified proof; null when there was none by the hard deadline.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>What was paid.</summary>
    public Credits Price { get; init; }

    /// <summary>Who delivered; null when nobody did.</summary>
    public string? ProverId { get; init; }

    /// <summary>How many provers have held the work.</summary>
    public int Holders { get; init; }

    /// <summary>True when a proof came.</summary>
    public bool IsDelivered => Latency is not null;

    /// <summary>The qualities, on the fixed scales.</summary>
    public QosUtilities Utilities =>
        RealisedQos.Of(IsDelivered, Latency ?? TimeSpan.Zero, Price, Holders, Request.HalfLife, Request.Reference);

    /// <summary>The loss of quality of service, 0–1.</summary>
    public double Loss => RealisedQos.LossOf(Utilities, Request.Persona.Weights);
}
