using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Domain.Tests.Qos;

public sealed class QosUtilitiesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(0, 1)]
    [InlineData(60, 0.5)]
    [InlineData(120, 0.25)]
    public void Speed_halves_with_every_half_life(int seconds, double expected) =>
        Assert.Equal(expected, QosUtilities.SpeedOf(TimeSpan.FromSeconds(seconds), Minute), 12);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 0.5)]
    [InlineData(30, 0.125)]
    public void Cost_halves_with_every_reference_price(int credits, double expected) =>
        Assert.Equal(expected, QosUtilities.CostOf(Credits.Whole(credits), Credits.Whole(10)), 12);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.9, 0.25)]
    [InlineData(0.99, 0.5)]
    [InlineData(0.9999, 1)]
    [InlineData(0.999999, 1)]
    [InlineData(1, 1)]
    public void Safety_counts_nines_up_to_four(double delivered, double expected) =>
        Assert.Equal(expected, QosUtilities.SafetyOf(delivered), 9);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.5)]
    [InlineData(3, 0.875)]
    public void Every_independent_prover_halves_the_chance_to_be_censored(int provers, double expected) =>
        Assert.Equal(expected, QosUtilities.CensorshipResistanceOf(provers), 12);

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => QosUtilities.SpeedOf(Minute, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => QosUtilities.CostOf(Credits.Zero, Credits.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => QosUtilities.SafetyOf(1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => QosUtilities.SafetyOf(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => QosUtilities.CensorshipResistanceOf(-1));
        Assert.Throws<ArgumentException>(() => QosUtilities.NotServed.ScoreFor(new QosWeights { Speed = 0, Cost = 0, Safety = 0, CensorshipResistance = 0 }));
    }

    [Fact]
    public void A_score_lies_between_the_worst_and_the_best_quality() => Prop.ForAll<(ushort Seconds, ushort Price, byte Provers, byte Weights)>(given =>
    {
        var utilities = new QosUtilities
        {
            Speed = QosUtilities.SpeedOf(TimeSpan.FromSeconds(given.Seconds), Minute),
            Cost = QosUtilities.CostOf(Credits.Whole(given.Price), Credits.Whole(10)),
            Safety = 1,
            CensorshipResistance = QosUtilities.CensorshipResistanceOf(given.Provers),
        };
        double[] all = [utilities.Speed, utilities.Cost, utilities.Safety, utilities.CensorshipResistance];
        var weights = new QosWeights { Speed = given.Weights % 11, Cost = given.Weights / 11 % 11, Safety = 1, CensorshipResistance = given.Weights / 50 };

        Assert.InRange(utilities.ScoreFor(weights), all.Min() - 1e-12, all.Max() + 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Weights_decide_how_much_each_quality_counts()
    {
        var fastAndDear = new QosUtilities { Speed = 1, Cost = 0, Safety = 1, CensorshipResistance = 0 };

        Assert.Equal(11.0 / 15, fastAndDear.ScoreFor(new QosWeights { Speed = 10, Cost = 3, Safety = 1, CensorshipResistance = 1 }), 12);
        Assert.Equal(5.0 / 16, fastAndDear.ScoreFor(new QosWeights { Speed = 2, Cost = 10, Safety = 3, CensorshipResistance = 1 }), 12);
    }
}
