namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>A price that rises: the start price up to a time, from then on in a straight line to the end price. Exact: prices in micro-credits
/// rounded down, times in ticks of 100 ns rounded up.</summary>
[GenerateSerializer, Immutable, Alias("pm.PriceRamp")]
public sealed record PriceRamp
{
    /// <summary>The price before the ramp.</summary>
    [Id(0)] public required Credits StartPrice { get; init; }

    /// <summary>The price after the ramp; at least the start price.</summary>
    [Id(1)] public required Credits EndPrice { get; init; }

    /// <summary>From when on the start price is offered.</summary>
    [Id(2)] public required DateTimeOffset OfferedFrom { get; init; }

    /// <summary>When the price begins to rise.</summary>
    [Id(3)] public required DateTimeOffset RisesFrom { get; init; }

    /// <summary>How long it rises; 0 for a jump.</summary>
    [Id(4)] public required TimeSpan Length { get; init; }

    /// <summary>The price at a time: start + Δt·(end − start)/length on the ramp.</summary>
    public Credits PriceAt(DateTimeOffset now)
    {
        var elapsed = (now - RisesFrom).Ticks;
        if (elapsed >= Length.Ticks) return EndPrice;
        return elapsed <= 0 ? StartPrice : StartPrice + (EndPrice - StartPrice).Scale(elapsed, Length.Ticks);
    }

    /// <summary>The earliest time at which the price has reached an amount; null for more than the end price, which it never reaches.</summary>
    public DateTimeOffset? TimeOf(Credits price)
    {
        if (price > EndPrice) return null;
        if (price <= PriceAt(OfferedFrom)) return OfferedFrom;
        // The smallest t with ⌊t·range/length⌋ ≥ rise is ⌈rise·length/range⌉.
        var rise = (price - StartPrice).Micro;
        var range = (EndPrice - StartPrice).Micro;
        return RisesFrom.AddTicks((long)(((Int128)rise * Length.Ticks + range - 1) / range));
    }
}
