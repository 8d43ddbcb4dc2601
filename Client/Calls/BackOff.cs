namespace ProvingMarket.Client.Calls;

/// <summary>The delays between attempts.</summary>
internal static class BackOff
{
    /// <summary>The delay after so many earlier failures: drawn from [d/2, d), d = first·2^failures, at most the longest delay.</summary>
    public static TimeSpan Delay(BackOffOptions options, int earlierFailures, IRandomness randomness)
    {
        var doubled = options.First.Ticks * Math.Pow(2, Math.Min(earlierFailures, 60));
        var capped = Math.Min(doubled, options.Most.Ticks);
        return TimeSpan.FromTicks((long)(capped * (0.5 + (randomness.NextFraction() / 2))));
    }
}
