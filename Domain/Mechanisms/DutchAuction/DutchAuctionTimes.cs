namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>The price of a Dutch auction by time, and the times of a lock.</summary>
public static class DutchAuctionTimes
{
    /// <summary>The price by time of an auction that started at <paramref name="startedAt"/>.</summary>
    public static PriceRamp RampOf(DutchAuctionParameters auction, DateTimeOffset startedAt) => new()
    {
        StartPrice = auction.StartPrice, EndPrice = auction.EndPrice, OfferedFrom = startedAt, RisesFrom = startedAt + auction.StartDelay, Length = auction.Ramp,
    };

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
}
