namespace ProvingMarket.Client;

/// <summary>How long to wait between attempts of a call whose outcome is unknown: the delay doubles from <see cref="First"/> to
/// <see cref="Most"/>, and each wait is drawn between half of it and all of it, so that many clients do not come back together.</summary>
public sealed record BackOffOptions
{
    /// <summary>The delay after the first failure.</summary>
    /// <value>The default is 100 milliseconds.</value>
    public TimeSpan First { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan Most { get; set; } = TimeSpan.FromSeconds(5);

    internal IEnumerable<string> Problems(string setting)
    {
        if (First <= TimeSpan.Zero) yield return $"{setting}.{nameof(First)} must be positive, was {First}";
        if (Most < First) yield return $"{setting}.{nameof(Most)} must be at least {setting}.{nameof(First)} ({First}), was {Most}";
        if (Most > TimeSpan.FromHours(1)) yield return $"{setting}.{nameof(Most)} must be at most an hour, was {Most}";
    }
}
