namespace ProvingMarket.Client.Calls;

/// <summary>The delays of one sequence of attempts. Not thread-safe.</summary>
internal sealed class BackOff(BackOffOptions options, IRandomness randomness)
{
    private int _failures;

    /// <summary>The delay before the next attempt: drawn from [d/2, d), d = first·2^failures, at most the longest delay.</summary>
    public TimeSpan Next()
    {
        var doubled = options.First.Ticks * Math.Pow(2, Math.Min(_failures++, 40));
        var capped = Math.Min(doubled, options.Most.Ticks);
        return TimeSpan.FromTicks((long)(capped * (0.5 + (randomness.NextFraction() / 2))));
    }

    /// <summary>An attempt succeeded: the next failure starts again with the first delay.</summary>
    public void Reset() => _failures = 0;
}
