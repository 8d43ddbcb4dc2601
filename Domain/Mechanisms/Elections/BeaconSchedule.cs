namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>When a public beacon publishes its rounds: round 1 at a known time, and one after each period, as those of drand do.</summary>
public sealed record BeaconSchedule
{
    private readonly TimeSpan _period;

    /// <summary>The beacon's name, as transcripts have it.</summary>
    public required string Source { get; init; }

    /// <summary>When round 1 was published.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>The time from one round to the next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above zero.</exception>
    public required TimeSpan Period
    {
        get => _period;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _period = value;
        }
    }

    /// <summary>The first round that is published after a time, and not at that time.</summary>
    public Beacon After(DateTimeOffset time)
    {
        var before = time < FirstAt ? 0 : ((time - FirstAt).Ticks / Period.Ticks) + 1;
        return new Beacon { Source = Source, Value = Bytes.Empty, Round = before + 1, PublishedAt = FirstAt + TimeSpan.FromTicks(Period.Ticks * before) };
    }
}
