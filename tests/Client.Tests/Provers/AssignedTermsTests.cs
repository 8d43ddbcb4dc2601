using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class AssignedTermsTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;

    /// <summary>Three units of work for 12 credits.</summary>
    private static readonly Invitation Invited = new()
    {
        RunKey = "r/0",
        RunGrain = GrainId.Create("fake-run", "r/0"),
        Mechanism = "race",
        ProgramId = new string('a', 64),
        Work = new WorkUnits(3000),
        Reward = Credits.Whole(12),
        Bond = Credits.Zero,
        SoftDeadline = Now.AddMinutes(1),
        HardDeadline = Now.AddMinutes(1),
    };

    [Fact]
    public void What_pays_as_much_as_was_said_or_more_is_no_other_offer()
    {
        Assert.Null(AssignedTerms.IfWorse(Invited, Lease(12_000_000), Now));
        Assert.Null(AssignedTerms.IfWorse(Invited, Lease(13_000_000), Now));
        Assert.Equal(Invited with { Reward = new Credits(11_999_999) }, AssignedTerms.IfWorse(Invited, Lease(11_999_999), Now));
    }

    [Fact]
    public void Of_a_share_of_a_batch_what_is_left_to_prove_is_paid()
    {
        Assert.Null(AssignedTerms.IfWorse(Invited, Lease(12_000_000, statements: 3), Now));
        Assert.Null(AssignedTerms.IfWorse(Invited, Lease(8_000_000, statements: 2), Now));
        Assert.Equal(
            Invited with { Work = new WorkUnits(2000), Reward = new Credits(7_999_999) }, AssignedTerms.IfWorse(Invited, Lease(7_999_999, statements: 2), Now));
    }

    [Fact]
    public void Of_a_price_that_rises_the_price_of_that_moment_is_paid_but_for_one_per_cent()
    {
        var rising = Invited with
        {
            Ramp = new PriceRamp { StartPrice = Credits.Zero, EndPrice = Credits.Whole(12), OfferedFrom = Now, RisesFrom = Now, Length = TimeSpan.FromSeconds(12) },
        };
        Assert.Null(AssignedTerms.IfWorse(rising, Lease(3_960_000), Now.AddSeconds(4)));
        Assert.Equal(Invited with { Reward = new Credits(3_959_999) }, AssignedTerms.IfWorse(rising, Lease(3_959_999), Now.AddSeconds(4)));
        Assert.Equal(Invited with { Reward = Credits.Whole(6) }, AssignedTerms.IfWorse(rising, Lease(6_000_000), Now.AddMinutes(1)));
    }

    /// <summary>A lease on statements of one unit of work each.</summary>
    private static Assignment Lease(long reward, int statements = 0) => new()
    {
        RunKey = "r/0",
        LeaseId = "r/0/p1",
        Program = new ProgramSummary
        {
            ProgramId = Invited.ProgramId, ProofSystem = "groth16", Name = "merkle", Work = new WorkUnits(1000), PublicInputs = 2, Artefacts = [],
        },
        Input = Bytes.Empty,
        PublicInputs = Bytes.Empty,
        Deadline = Invited.HardDeadline,
        Reward = new Credits(reward),
        Statements =
        [
            .. Enumerable.Range(0, statements).Select(n => new AssignedStatement { Statement = n, PublicInputs = Bytes.Empty, Input = Bytes.Empty }),
        ],
    };
}
