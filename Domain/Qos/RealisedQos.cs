namespace ProvingMarket.Domain.Qos;

/// <summary>What a request got in the end, on the fixed scales.</summary>
public static class RealisedQos
{
    /// <summary>The qualities of a request for which a valid proof came by the hard deadline.</summary>
    /// <param name="latency">From submission to the verified proof.</param>
    /// <param name="halfLife">After which a proof is worth half to the requester.</param>
    /// <param name="price">What the requester paid.</param>
    /// <param name="reference">The reference price of the program's work.</param>
    /// <param name="holders">How many independent provers have held the work.</param>
    public static QosUtilities Served(TimeSpan latency, TimeSpan halfLife, Credits price, Credits reference, int holders) => new()
    {
        Speed = QosUtilities.SpeedOf(latency, halfLife),
        Cost = QosUtilities.CostOf(price, reference),
        Safety = 1,
        CensorshipResistance = QosUtilities.CensorshipResistanceOf(holders),
    };
}
