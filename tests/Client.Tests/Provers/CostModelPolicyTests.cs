using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class CostModelPolicyTests
{
    /// <summary>5 work units at an ask of 2 credits: 10 credits. 5 seconds, half a second of margin.</summary>
    private static readonly Invitation Fitting = new()
    {
        RunKey = "r/0",
        RunGrain = GrainId.Create("fake-run", "r/0"),
        Mechanism = "race",
        ProgramId = new string('a', 64),
        Work = new WorkUnits(5000),
        Reward = Credits.Whole(10),
        Bond = Credits.Whole(3),
        SoftDeadline = TestClock.Start.AddSeconds(1),
        HardDeadline = TestClock.Start.AddSeconds(5.5),
    };

    private static readonly JobOutlook Outlook = new()
    {
        Now = TestClock.Start,
        Offer = new ProverOffer
        {
            ProverId = "p1", Account = "a", Programs = [new string('a', 64)], Slots = 1, MilliUnitsPerSecond = 1000, AskPerUnit = Credits.Whole(2), MaxBond = Credits.Whole(3),
        },
        HasArtefacts = true,
        ExpectedDuration = TimeSpan.FromSeconds(5),
        DeadlineMargin = TimeSpan.FromSeconds(0.5),
        Running = 0,
        Waiting = 0,
    };

    [Fact]
    public void What_just_fits_is_taken() => Assert.Equal(JobDecision.Take, Consider(Fitting, Outlook));

    [Fact]
    public void A_missing_artefact_is_a_reason() => AssertDeclined(ReasonCode.ArtefactsMissing, Fitting, Outlook with { HasArtefacts = false });

    [Fact]
    public void A_reward_below_the_ask_for_the_work_is_a_reason() =>
        AssertDeclined(ReasonCode.PriceBelowAsk, Fitting with { Reward = new Credits(9_999_999) }, Outlook);

    [Fact]
    public void A_bond_above_the_limit_is_a_reason() => AssertDeclined(ReasonCode.BondAboveLimit, Fitting with { Bond = new Credits(3_000_001) }, Outlook);

    [Fact]
    public void Without_a_limit_any_bond_will_do() =>
        Assert.True(Consider(Fitting with { Bond = MarketLimits.Amount }, Outlook with { Offer = Outlook.Offer with { MaxBond = null } }).IsTaken);

    [Fact]
    public void A_deadline_that_cannot_be_met_is_a_reason()
    {
        AssertDeclined(ReasonCode.DeadlineTooSoon, Fitting with { HardDeadline = Fitting.HardDeadline.AddTicks(-1) }, Outlook);
        AssertDeclined(ReasonCode.DeadlineTooSoon, Fitting, Outlook with { ExpectedDuration = TimeSpan.MaxValue });
    }

    [Fact]
    public void A_price_that_rises_is_taken_when_it_covers_the_ask()
    {
        // From 5 to 15 over 4 s: 10 after 2 s, which leaves no time for the proof unless the deadline is later.
        var ramp = new PriceRamp
        {
            StartPrice = Credits.Whole(5), EndPrice = Credits.Whole(15), OfferedFrom = TestClock.Start, RisesFrom = TestClock.Start, Length = TimeSpan.FromSeconds(4),
        };
        var rising = Fitting with { Reward = Credits.Whole(15), Ramp = ramp, HardDeadline = TestClock.Start.AddSeconds(7.5) };
        Assert.Equal(JobDecision.TakeAt(TestClock.Start.AddSeconds(2)), Consider(rising, Outlook));
        Assert.Equal(JobDecision.Take, Consider(rising, Outlook with { Now = TestClock.Start.AddSeconds(2) }));
        AssertDeclined(ReasonCode.DeadlineTooSoon, rising with { HardDeadline = rising.HardDeadline.AddTicks(-1) }, Outlook);
        AssertDeclined(ReasonCode.PriceBelowAsk, rising with { Reward = new Credits(9_999_999), Ramp = ramp with { EndPrice = new Credits(9_999_999) } }, Outlook);
    }

    /// <summary>Half of its work for races is not paid: it needs twice the ask, or to see that nobody faster is at it.</summary>
    [Fact]
    public void Work_that_is_not_paid_is_asked_for()
    {
        var half = Outlook with { PaidShare = 0.5 };
        var roomy = Fitting with { HardDeadline = TestClock.Start.AddSeconds(10.5) };
        Assert.Equal(JobDecision.Take, Consider(roomy with { Reward = Credits.Whole(20) }, half));
        Assert.Equal(JobDecision.TakeAt(TestClock.Start.AddSeconds(5)), Consider(roomy with { Reward = new Credits(19_999_999) }, half));
        Assert.Equal(JobDecision.TakeAt(TestClock.Start.AddSeconds(4)), Consider(roomy, half with { OpenFor = TimeSpan.FromSeconds(1) }));
        Assert.Equal(JobDecision.Take, Consider(roomy, half with { OpenFor = TimeSpan.FromSeconds(5) }));
        Assert.Equal(JobDecision.TakeAt(TestClock.Start.AddSeconds(5)), Consider(roomy, half with { OpenFor = TimeSpan.FromSeconds(5), LatePaidShare = 0.9 }));
        AssertDeclined(ReasonCode.PriceBelowAsk, roomy with { HardDeadline = roomy.HardDeadline.AddTicks(-1) }, half);
    }

    [Fact]
    public void Who_is_called_does_not_let_the_run_wait() =>
        AssertDeclined(ReasonCode.PriceBelowAsk, Fitting with { Kind = InvitationKind.Assigned, HardDeadline = TestClock.Start.AddHours(1) }, Outlook with { PaidShare = 0.5 });

    [Fact]
    public void An_ask_from_the_book_binds_and_a_lock_is_shared_with_nobody()
    {
        var half = Outlook with { PaidShare = 0.5 };
        Assert.Equal(JobDecision.Take, Consider(Fitting with { Mechanism = "order-book", Kind = InvitationKind.Assigned }, half));
        var ramp = new PriceRamp
        {
            StartPrice = Credits.Whole(10), EndPrice = Credits.Whole(10), OfferedFrom = TestClock.Start, RisesFrom = TestClock.Start, Length = TimeSpan.Zero,
        };
        Assert.Equal(JobDecision.Take, Consider(Fitting with { Ramp = ramp }, half));
    }

    [Fact]
    public void It_bids_its_ask_for_the_work_and_the_time_it_expects_to_need()
    {
        Assert.Equal(new JobBid { Price = Credits.Whole(10), Eta = TimeSpan.FromSeconds(5.5) }, Bid(Outlook));
        Assert.Equal(MarketLimits.DeadlineHorizon, Bid(Outlook with { ExpectedDuration = TimeSpan.MaxValue }).Eta);
        Assert.Equal("a bid", Bid(Outlook).ToString());

        static JobBid Bid(JobOutlook outlook) => ((IJobPolicy)new CostModelPolicy()).Bid(Fitting, outlook);
    }

    [Fact]
    public void A_decline_needs_a_reason() => Assert.Throws<ArgumentOutOfRangeException>(() => JobDecision.Decline(ReasonCode.None));

    private static void AssertDeclined(ReasonCode reason, Invitation invitation, JobOutlook outlook)
    {
        var decision = Consider(invitation, outlook);
        Assert.False(decision.IsTaken);
        Assert.Equal(reason, decision.DeclineReason);
    }

    private static JobDecision Consider(Invitation invitation, JobOutlook outlook) => new CostModelPolicy().Consider(invitation, outlook);
}
