using Orleans.Configuration;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>How long to wait before attempts to connect: longer each time, and a random part of that, so that many clients do not come at once.</summary>
/// <param name="options">The shortest and the longest wait.</param>
/// <param name="random">The randomness.</param>
internal sealed class ReconnectDelays(EmbeddedClientOptions options, IRandomSource random)
{
    private int _attempts;

    /// <summary>Begins again with the shortest wait.</summary>
    internal void Reset() => _attempts = 0;

    /// <summary>Gets the next wait.</summary>
    /// <returns>From half of the current longest wait to all of it.</returns>
    internal TimeSpan Next()
    {
        var longest = Math.Min(options.MaxReconnectDelay.TotalMilliseconds, options.MinReconnectDelay.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 30)));
        var fraction = (random.Next() >> 11) * (1.0 / (1UL << 53));
        return TimeSpan.FromMilliseconds(longest * (0.5 + (fraction / 2)));
    }
}
