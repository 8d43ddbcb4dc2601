namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>What a mechanism expects of a run before anything has been learned: a structural model of its own rules on the supply there is. Times count from
/// the start of the run to the verified proof, given that it comes; time is log-normal on either side of its median, and so is the price.</summary>
public readonly record struct RunForecast
{
    /// <summary>P(a valid proof comes), were there no deadline, 0–1.</summary>
    public double Delivered { get; init; }

    /// <summary>The median time in seconds; positive.</summary>
    public double Seconds { get; init; }

    /// <summary>The standard deviation of the logarithm of the time, of times above the median.</summary>
    public double Spread { get; init; }

    /// <summary>The same of times below the median, where there is no waiting for backups; 0 for the same as above.</summary>
    public double SpreadBelow { get; init; }

    /// <summary>The median price in micro-credits.</summary>
    public double PriceMicro { get; init; }

    /// <summary>The standard deviation of the logarithm of the price.</summary>
    public double PriceSpread { get; init; }

    /// <summary>How many independent provers are expected to hold the work, any of whom can deliver.</summary>
    public double Provers { get; init; }

    /// <summary>Why it cannot serve the request at all; null when it can.</summary>
    public Refusal? Limit { get; init; }

    /// <summary>A run that cannot serve the request.</summary>
    public static RunForecast Impossible(Refusal limit) => new() { Seconds = 1, Limit = limit };
}
