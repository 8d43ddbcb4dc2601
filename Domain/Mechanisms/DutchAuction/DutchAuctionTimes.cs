namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>The price of a Dutch auction by time, the time by price, and the times of a lock. All exact: prices in micro-credits rounded down,
/// times in ticks of 100 ns rounded up.</summary>
public static class DutchAuctionTimes
{
    /// <summary>The price at a time: the start price until the ramp begins, then start + Δt·(end − start)/ramp, then the end price.</summary>
    /// <param name="auction">The parameters.</param>
    /// <param name="startedAt">When the run started.</param>
    /// <param name="now">The time asked for.</param>
    public static Credits PriceAt(DutchAuctionParameters auction, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var elapsed = (now - RampStart(auction, startedAt)).Ticks;
        if (elapsed >= auction.Ramp.Ticks) return auction.EndPrice;
        return elapsed <= 0
            ? auction.StartPrice
            : auction.StartPrice + (auction.EndPrice - auction.StartPrice).Scale(elapsed, auction.Ramp.Ticks);
    }

    /// <summary>The earliest time at which the price has reached an amount: the start of the run for the start price and less; null for more than
    /// the end price, which it never reaches.</summary>
    /// <param name="auction">The parameters.</param>
    /// <param name="startedAt">When the run started.</param>
    /// <param name="price">The price wanted.</param>
    public static DateTimeOffset? TimeOf(DutchAuctionParameters auction, DateTimeOffset startedAt, Credits price)
    {
        if (price > auction.EndPrice) return null;
        if (price <= PriceAt(auction, startedAt, startedAt)) return startedAt;
        // The smallest t with ⌊t·range/ramp⌋ ≥ rise is ⌈rise·ramp/range⌉.
        var rise = (price - auction.StartPrice).Micro;
        var range = (auction.EndPrice - auction.StartPrice).Micro;
        var ticks = (long)(((Int128)rise * auction.Ramp.Ticks + range - 1) / range);
        return RampStart(auction, startedAt).AddTicks(ticks);
    }

    /// <summary>Until when a lock taken now holds: its time-out later, or when the auction sets none the soft deadline, or half of the time to the
    /// hard deadline when that is later, so that half of it is left for a rescue. Never after the hard deadline.</summary>
    /// <param name="auction">The parameters.</param>
    /// <param name="lockedAt">When the lock was taken.</param>
    /// <param name="soft">The soft deadline.</param>
    /// <param name="hard">The hard deadline.</param>
    public static DateTimeOffset LockDeadline(DutchAuctionParameters auction, DateTimeOffset lockedAt, DateTimeOffset soft, DateTimeOffset hard)
    {
        if (lockedAt >= hard) return hard;
        if (auction.LockTimeout is { } timeout) return hard - lockedAt <= timeout ? hard : lockedAt + timeout;
        var halfway = lockedAt.AddTicks((hard - lockedAt).Ticks / 2);
        return halfway > soft ? halfway : soft < hard ? soft : hard;
    }

    /// <summary>What giving a lock back costs: nothing at once, the whole bond at its deadline, in a straight line, rounded down. A lock is
    /// therefore no free option on the price, and whoever cannot prove gains by saying so early.</summary>
    /// <param name="bond">The bond under the lock.</param>
    /// <param name="lockedAt">When the lock was taken.</param>
    /// <param name="deadline">Until when it holds.</param>
    /// <param name="now">When it is given back.</param>
    public static Credits ReturnPenalty(Credits bond, DateTimeOffset lockedAt, DateTimeOffset deadline, DateTimeOffset now)
    {
        if (now >= deadline) return bond;
        return now <= lockedAt ? Credits.Zero : bond.Scale((now - lockedAt).Ticks, (deadline - lockedAt).Ticks);
    }

    private static DateTimeOffset RampStart(DutchAuctionParameters auction, DateTimeOffset startedAt) => startedAt + auction.StartDelay;
}
