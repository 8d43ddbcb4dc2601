namespace ProvingMarket.Domain.Routing;

/// <summary>What little is random in routing, from the request's id: the same request is routed the same way again on the same knowledge.</summary>
public struct RoutingSeed
{
    private ulong _state;

    /// <summary>The randomness of a request.</summary>
    public RoutingSeed(string requestId) => _state = IdHash.Of(requestId);

    /// <summary>The next number in [0, 1).</summary>
    public double Next()
    {
        // SplitMix64.
        var z = _state = unchecked(_state + 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The next normally distributed number.</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());
}
