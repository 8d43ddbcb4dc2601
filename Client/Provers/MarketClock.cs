namespace ProvingMarket.Client.Provers;

/// <summary>The market's time as this worker knows it. Deadlines, rising prices and everything else that the market decides go by the market's clock; a clock that is ahead of it asks
/// for a lease before its price is there, one that is behind delivers late. Its difference is measured with every answer that tells the market's time, as good as the call was quick,
/// and kept while what is measured does not contradict it. Thread-safe.</summary>
/// <param name="time">The clock of this machine.</param>
internal sealed class MarketClock(TimeProvider time)
{
    private long _ahead;

    /// <summary>The time by the market's clock; by the clock of this machine until the market has told its time.</summary>
    public DateTimeOffset Now => time.GetUtcNow() + Ahead;

    /// <summary>By how much the market's clock is ahead of the one of this machine; negative when it is behind.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    /// <summary>Learns from an answer. The market told its time at some moment while it was waited for: the middle is off by half that time at most.</summary>
    /// <param name="askedAt">When the market was asked, by the clock of this machine.</param>
    /// <param name="told">The time in the answer that has just come; null when none is in it.</param>
    public void Learn(DateTimeOffset askedAt, DateTimeOffset? told)
    {
        if (told is not { } marketTime) return;
        var uncertain = (time.GetUtcNow() - askedAt) / 2;
        var measured = marketTime - (askedAt + uncertain);
        if ((measured - Ahead).Duration() > uncertain) Volatile.Write(ref _ahead, measured.Ticks);
    }
}
