namespace ProvingMarket.Domain.Routing;

/// <summary>An instance with what is expected of it for one request.</summary>
/// <param name="Contender">The instance.</param>
/// <param name="IsFollowed">Whether there is time for a fallback after it.</param>
/// <param name="Prediction">What is expected, the fallback included.</param>
internal readonly record struct Candidate(Contender Contender, bool IsFollowed, Prediction Prediction)
{
    /// <summary>The instance's id.</summary>
    public string Instance => Contender.Instance.Id;

    /// <summary>Whether it can serve the request.</summary>
    public bool IsFeasible => Prediction.Forecast.Limit is null;
}
