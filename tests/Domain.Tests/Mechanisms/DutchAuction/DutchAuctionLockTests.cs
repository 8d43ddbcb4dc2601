using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.DutchAuction;

public sealed class DutchAuctionLockTests
{
    [Theory]
    [InlineData(0, 30, 30)] // its own time-out
    [InlineData(0, 500, 160)] // cut at the hard deadline
    [InlineData(0, null, 80)] // half of 160 s is later than the soft deadline at 60 s
    [InlineData(100, null, 130)] // half of the 60 s that are left
    [InlineData(160, null, 160)]
    [InlineData(170, 30, 160)] // after the end there is nothing to hold
    public void A_lock_holds_until_its_deadline(int lockedAt, int? timeout, int until) => Assert.Equal(
        Samples.Now.AddSeconds(until),
        DutchAuctionTimes.LockDeadline(Auction(timeout), Samples.Now.AddSeconds(lockedAt), Samples.Soft, Samples.Hard));

    [Theory]
    [InlineData(100, 100)] // the soft deadline is later than half of the time
    [InlineData(160, 160)] // and may be the hard deadline
    public void A_lock_holds_at_least_until_the_soft_deadline(int soft, int until) => Assert.Equal(
        Samples.Now.AddSeconds(until),
        DutchAuctionTimes.LockDeadline(Auction(null), Samples.Now, Samples.Now.AddSeconds(soft), Samples.Hard));

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 30_000)]
    [InlineData(50, 1_500_000)]
    [InlineData(100, 3_000_000)]
    [InlineData(101, 3_000_000)]
    public void Giving_a_lock_back_costs_more_the_later(int seconds, long micro) => Assert.Equal(
        micro, ReturnPenalty.At(Credits.Whole(3), Samples.Now, Samples.Now.AddSeconds(100), Samples.Now.AddSeconds(seconds)).Micro);

    [Fact]
    public void A_lock_lies_between_its_start_and_the_hard_deadline_and_its_penalty_within_the_bond() => Property.Holds(
        from timeout in Gen.Choose(-1, 200)
        from lockedAt in Gen.Choose(0, 159)
        from soft in Gen.Choose(0, 160)
        from bond in Gen.Choose(0, int.MaxValue)
        from at in Gen.ArrayOf(Gen.Choose(0, 200_000), 6)
        select (timeout, lockedAt, soft, bond, at),
        sample =>
        {
            var locked = Samples.Now.AddSeconds(sample.lockedAt);
            var until = DutchAuctionTimes.LockDeadline(Auction(sample.timeout < 1 ? null : sample.timeout), locked, Samples.Now.AddSeconds(sample.soft), Samples.Hard);
            Assert.InRange(until, locked.AddTicks(1), Samples.Hard);
            var bond = new Credits(sample.bond);
            var penalties = sample.at.Order().Select(ms => ReturnPenalty.At(bond, locked, until, Samples.Now.AddMilliseconds(ms))).ToArray();
            Assert.Equal(penalties.Order(), penalties);
            Assert.All(penalties, penalty => Assert.InRange(penalty.Micro, 0, bond.Micro));
            Assert.Equal(bond, ReturnPenalty.At(bond, locked, until, until));
        },
        times: 1000);

    private static DutchAuctionParameters Auction(int? timeout) => new()
    {
        StartPrice = Credits.Zero,
        EndPrice = Credits.Whole(1),
        Ramp = TimeSpan.Zero,
        LockTimeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Bond = Credits.Zero,
        RescueReward = Credits.Zero,
    };
}
