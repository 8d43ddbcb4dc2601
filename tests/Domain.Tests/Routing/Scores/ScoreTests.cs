using System.Collections.Immutable;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Scores;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing.Scores;

public sealed class ScoreTests
{
    /// <summary>Twenty others take 5, 8, … 62 seconds and ask 4, 3.85, … 1.15 credits.</summary>
    private static readonly IReadOnlyDictionary<string, ProgramSupply> Supplies = new Dictionary<string, ProgramSupply> { [Program.ProgramId] = Supply(Twenty) };

    [Fact]
    public void Who_is_dear_and_slow_is_among_the_first_for_nothing_and_told_the_price_and_the_speed_that_change_it()
    {
        var (reached, improvements) = Improve(Prover(seconds: 50, price: 4));
        Assert.Equal(0, reached);
        // A quarter of the twenty others ask 1.75 or less, and take 17 seconds or less.
        Assert.Equal(
            [(ImprovementKind.Price, 57, 10), (ImprovementKind.Speed, 195, 10)],
            improvements.Select(change => (change.Kind, change.Percent, change.Gains)));
        Assert.Contains("instead of 0.4 credits/unit", improvements[0].Change, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_least_is_among_the_first_for_all_and_nothing_would_make_it_more()
    {
        var (reached, improvements) = Improve(Prover(seconds: 50, price: 1));
        Assert.Equal(10, reached);
        Assert.Empty(improvements);
    }

    [Fact]
    public void What_a_single_change_does_not_reach_is_not_promised()
    {
        var demand = Demanded(10) with { Constraints = new RequestConstraints { MinStake = Money(500), Hardware = ["gpu"] } };
        Assert.Empty(Improve(Prover(seconds: 50, price: 1), [demand]).Improvements);
    }

    [Theory]
    [InlineData(ImprovementKind.Stake)]
    [InlineData(ImprovementKind.Hardware)]
    [InlineData(ImprovementKind.MaxBond)]
    [InlineData(ImprovementKind.ProofSystem)]
    [InlineData(ImprovementKind.Program)]
    public void Each_limit_that_alone_stands_in_the_way_is_named(ImprovementKind kind)
    {
        var cheap = Prover(seconds: 50, price: 1);
        var other = Program with { ProgramId = new string('b', 64), Name = "other", ProofSystem = kind == ImprovementKind.ProofSystem ? "plonk" : Program.ProofSystem };
        var supplies = new Dictionary<string, ProgramSupply>(Supplies) { [other.ProgramId] = ProgramSupply.Of(other, [], []) };
        (cheap, Demand missed) = kind switch
        {
            ImprovementKind.Stake => (cheap, Demanded(10) with { Constraints = new RequestConstraints { MinStake = Money(150) } }),
            ImprovementKind.Hardware => (cheap, Demanded(10) with { Constraints = new RequestConstraints { Hardware = ["gpu"] } }),
            ImprovementKind.MaxBond => (cheap with { Offer = cheap.Offer with { MaxBond = Money(1) } }, Demanded(10) with { Bond = Money(2) }),
            _ => (cheap, Demanded(10) with { Program = other }),
        };
        var change = Assert.Single(ImprovementRules.Of(cheap, isLive: true, Tally([Demanded(10), missed]), supplies).Improvements);
        Assert.Equal((kind, 1), (change.Kind, change.Gains));
        if (kind == ImprovementKind.Stake) Assert.Equal(50, change.Percent);
    }

    [Fact]
    public void Full_slots_and_an_absent_worker_are_changes_too()
    {
        var tally = Tally([.. Enumerable.Repeat(Demanded(10), 10)]) with { Runs = 20, LeftOut = ImmutableSortedDictionary<ReasonCode, int>.Empty.Add(ReasonCode.SlotsFull, 10) };
        var (reached, improvements) = ImprovementRules.Of(Prover(seconds: 50, price: 1), isLive: false, tally, Supplies);
        Assert.Equal(0, reached);
        Assert.Equal([(ImprovementKind.Availability, 10), (ImprovementKind.Slots, 5)], improvements.Select(change => (change.Kind, change.Gains)));
    }

    /// <summary>Whatever is promised is so: with the change made, the rule counts as many runs more.</summary>
    [Fact]
    public void A_price_that_is_promised_to_win_does() => Property.Holds(FsCheck.Fluent.Gen.Choose(0, 1_000_000), seed =>
    {
        var random = new Random(seed);
        var prover = Prover(seconds: random.Next(1, 100), price: random.Next(1, 600) / 100m);
        var demands = Enumerable.Range(0, random.Next(1, 20)).Select(_ => Demanded(random.Next(1, 50) / 10m) with { Until = TimeSpan.FromSeconds(random.Next(5, 200)) }).ToArray();
        var (reached, improvements) = Improve(prover, demands);
        if (improvements.FirstOrDefault(change => change.Kind == ImprovementKind.Price) is not { } promised) return;
        var ask = decimal.Parse(promised.Change.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(reached + promised.Gains, Improve(prover with { Offer = prover.Offer with { AskPerUnit = Money(ask) } }, demands).Reached);
    }, times: 60);

    [Fact]
    public void Commitments_are_held_against_what_was_measured()
    {
        var prover = Prover(seconds: 50, price: 1);
        prover = prover with { Offer = prover.Offer with { LatencyP95 = TimeSpan.FromSeconds(40), AvailabilityPercent = 99 } };
        var tally = Tally([Demanded(10)]) with { Times = [.. Enumerable.Range(1, 40).Select(n => TimeSpan.FromSeconds(n))], ConnectedPpm = 985_000, MostAtOnce = 3 };
        var score = ScoreRules.Of(prover, true, tally, InvitationTally.None, Supplies, Samples.Now);
        Assert.Equal((true, "38 s, of 40 proofs"), Of(CommitmentKind.LatencyP95));
        Assert.Equal((false, "98.5 %"), Of(CommitmentKind.Availability));
        Assert.Equal((null, "3 used at once"), Of(CommitmentKind.Capacity));
        Assert.Equal((null, "groth16"), Of(CommitmentKind.ProofSystems));
        var standing = Assert.Single(score.Standings);
        Assert.Equal((20, 0, 15), (standing.Others, standing.Cheaper, standing.Faster));
        Assert.InRange(standing.ScorePpm, 200_000, 600_000);

        (bool?, string) Of(CommitmentKind kind) => score.Commitments.Where(commitment => commitment.Kind == kind).Select(commitment => (commitment.IsKept, commitment.Measured)).Single();
    }

    private static (int Reached, ImmutableArray<Improvement> Improvements) Improve(ProverRecord prover, IEnumerable<Demand>? demands = null) =>
        ImprovementRules.Of(prover, isLive: true, Tally([.. demands ?? Enumerable.Repeat(Demanded(10), 10)]), Supplies);

    private static ProverTally Tally(ImmutableArray<Demand> demands) => new() { Since = Samples.Now, Runs = demands.Length, Demands = demands };

    private static Demand Demanded(decimal maxPrice) => new()
    {
        Program = Program, Constraints = new RequestConstraints(), Bond = Credits.Zero, MaxPrice = Money(maxPrice), Until = TimeSpan.FromSeconds(200),
    };

    private static ProverRecord Prover(double seconds, decimal price) => new()
    {
        Stake = Money(100),
        Offer = new ProverOffer
        {
            ProverId = "me", Account = "mine", Programs = [Program.ProgramId], Slots = 4, MilliUnitsPerSecond = (long)(Program.Work.Milli / seconds),
            AskPerUnit = new Credits((long)(price * Credits.MicroPerCredit * 1000 / Program.Work.Milli)),
        },
    };
}
