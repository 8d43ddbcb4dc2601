using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

public sealed class SealedBidParametersTests
{
    private static readonly TimeSpan UntilHard = TimeSpan.FromSeconds(50);

    [Fact]
    public void Defaults_follow_from_the_request() => Assert.Equal(
        new SealedBidParameters
        {
            Pricing = PricingRule.Second, Cap = Credits.Whole(10), BiddingWindow = TimeSpan.FromSeconds(5), RevealWindow = TimeSpan.FromSeconds(5),
            DelayCost = new Credits(200_000), FailureCost = Credits.Whole(10), Bond = new Credits(2_500_000), NonRevealPercent = 25, Backups = 1,
            GracePercent = 50, Bidders = 64,
        },
        Read().Parameters);

    [Fact]
    public void Reads_every_parameter() => Assert.Equal(
        new SealedBidParameters
        {
            Pricing = PricingRule.First, Cap = Credits.Whole(8), BiddingWindow = TimeSpan.FromMilliseconds(500), RevealWindow = TimeSpan.FromSeconds(2),
            DelayCost = Credits.Whole(1), FailureCost = Credits.Whole(20), Bond = Credits.Whole(3), NonRevealPercent = 100, Backups = 0, GracePercent = 10, Bidders = 5,
        },
        Read(
            ("pricing", "first"), ("reserve", "8"), ("biddingWindow", "0.5"), ("revealWindow", "2"), ("delayCost", "1"), ("failureCost", "20"), ("bond", "3"),
            ("nonRevealPenalty", "100"), ("backups", "0"), ("etaGrace", "10"), ("bidders", "5")).Parameters);

    [Theory]
    [InlineData("pricing", "third", "first or second")]
    [InlineData("reserve", "0", "a number of credits from 0.000001 to 10")]
    [InlineData("reserve", "10.000001", "a number of credits from 0.000001 to 10")]
    [InlineData("biddingWindow", "0.099", "a number of seconds from 0.1 to 3600 with at most 3 decimals")]
    [InlineData("revealWindow", "1.999", "a number of seconds from 2 to 3600 with at most 3 decimals")]
    [InlineData("revealWindow", "3600.001", "a number of seconds from 2 to 3600 with at most 3 decimals")]
    [InlineData("delayCost", "1000000.1", "a number of credits from 0 to 1000000")]
    [InlineData("failureCost", "-1", "a number of credits from 0 to 1000000000")]
    [InlineData("bond", "1000000001", "a number of credits from 0 to 1000000000")]
    [InlineData("nonRevealPenalty", "101", "a whole number of per cent from 0 to 100")]
    [InlineData("backups", "17", "a whole number of provers from 0 to 16")]
    [InlineData("etaGrace", "1001", "a whole number of per cent from 0 to 1000")]
    [InlineData("bidders", "257", "a whole number of provers from 1 to 256")]
    public void Refuses_what_is_out_of_range(string name, string value, string limit)
    {
        var (parameters, refusal) = Read((name, value));
        Assert.Null(parameters);
        Assert.Equal(Refusal.Of(ReasonCode.ParameterInvalid, $"mechanism.{name}", limit, value), refusal);
    }

    [Fact]
    public void Both_windows_fit_before_the_hard_deadline()
    {
        Assert.Null(Read(("biddingWindow", "47.999"), ("revealWindow", "2")).Refusal);
        Assert.Equal(
            Refusal.Of(
                ReasonCode.ParameterInvalid, "mechanism.biddingWindow + mechanism.revealWindow", "less than the 50 seconds to the hard deadline", "50"),
            Read(("biddingWindow", "30"), ("revealWindow", "20")).Refusal);
        Assert.NotNull(SealedBidParameters.Read(Samples.Choice().Parameters, Samples.Price, new RequestConstraints(), TimeSpan.FromSeconds(-1)).Refusal);
        Assert.Null(SealedBidParameters.Read(Samples.Choice(("biddingWindow", "3600")).Parameters, Samples.Price, new RequestConstraints(), null).Refusal);
    }

    /// <summary>Whoever asks for a proof in a few seconds has an auction all the same, with enough time to reveal.</summary>
    [Theory]
    [InlineData(2.5, 0.25, 2)]
    [InlineData(10, 1, 2)]
    [InlineData(30, 3, 3)]
    [InlineData(1000, 10, 10)]
    public void Windows_are_a_tenth_of_the_time_and_the_reveal_is_never_too_short(double time, double bidding, double reveal)
    {
        var parameters = SealedBidParameters.Read(Samples.Choice().Parameters, Samples.Price, new RequestConstraints(), TimeSpan.FromSeconds(time)).Parameters!;
        Assert.Equal((TimeSpan.FromSeconds(bidding), TimeSpan.FromSeconds(reveal)), (parameters.BiddingWindow, parameters.RevealWindow));
    }

    [Fact]
    public void Refuses_redundancy() => Assert.Equal(
        ReasonCode.OutOfRange,
        SealedBidParameters.Read(Samples.Choice().Parameters, Samples.Price, new RequestConstraints { MinRedundancy = 2 }, UntilHard).Refusal?.Code);

    [Fact]
    public void What_is_listed_is_what_is_read()
    {
        Assert.Equal(ReasonCode.ParameterUnknown, Read(("Reserve", "1")).Refusal?.Code);
        Assert.All(SealedBidParameters.Listing, parameter =>
        {
            Assert.Equal(($"mechanism.{parameter.Name}", ReasonCode.ParameterInvalid), (Read((parameter.Name, "?")).Refusal?.Field, Read((parameter.Name, "?")).Refusal?.Code));
            Assert.All([parameter.Unit, parameter.Default, parameter.Range, parameter.Meaning], text => Assert.NotEmpty(text));
        });
    }

    private static (SealedBidParameters? Parameters, Refusal? Refusal) Read(params (string, string)[] values) =>
        SealedBidParameters.Read(Samples.Choice(values).Parameters, Samples.Price, new RequestConstraints(), UntilHard);
}
