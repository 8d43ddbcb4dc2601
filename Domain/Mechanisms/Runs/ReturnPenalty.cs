namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>What giving a lease back costs where it keeps others away.</summary>
public static class ReturnPenalty
{
    /// <summary>Nothing at once, the whole bond at the deadline, in a straight line, rounded down. A lease is therefore no free option on the price, and
    /// whoever cannot prove gains by saying so early.</summary>
    /// <param name="bond">The bond under the lease.</param>
    /// <param name="takenAt">When it was taken.</param>
    /// <param name="deadline">Until when it holds.</param>
    /// <param name="now">When it is given back.</param>
    public static Credits At(Credits bond, DateTimeOffset takenAt, DateTimeOffset deadline, DateTimeOffset now)
    {
        if (now >= deadline) return bond;
        return now <= takenAt ? Credits.Zero : bond.Scale((now - takenAt).Ticks, (deadline - takenAt).Ticks);
    }
}
