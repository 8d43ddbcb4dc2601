using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.DutchAuction;

public sealed class DutchAuctionParametersTests
{
    private static readonly TimeSpan UntilSoft = TimeSpan.FromSeconds(60);

    [Fact]
    public void Without_parameters_the_price_rises_from_a_tenth_of_the_ceiling_to_the_ceiling() => Assert.Equal(
        new DutchAuctionParameters
        {
            StartPrice = Credits.Whole(1), EndPrice = Credits.Whole(10), StartDelay = TimeSpan.Zero, Ramp = TimeSpan.FromSeconds(30), LockTimeout = null,
            Bond = Credits.Whole(10), RescueReward = Credits.Whole(5), Rescuers = 16,
        },
        Read().Parameters);

    [Fact]
    public void Reads_every_parameter() => Assert.Equal(
        new DutchAuctionParameters
        {
            StartPrice = Credits.Whole(2), EndPrice = Credits.Whole(8), StartDelay = TimeSpan.FromMilliseconds(1500), Ramp = TimeSpan.FromSeconds(40),
            LockTimeout = TimeSpan.FromSeconds(20), Bond = Credits.Whole(3), RescueReward = new Credits(1_250_000), Rescuers = 4,
        },
        Read(("startPrice", "2"), ("endPrice", "8"), ("startDelay", "1.5"), ("ramp", "40"), ("lockTimeout", "20"), ("bond", "3"), ("rescueReward", "1.25"), ("rescuers", "4")).Parameters);

    [Fact]
    public void Defaults_follow_what_is_given()
    {
        Assert.Equal((new Credits(400_000), Credits.Whole(4), Credits.Whole(2)), Of(Read(("endPrice", "4"))));
        Assert.Equal((Credits.Whole(1), Credits.Whole(100), Credits.Whole(10)), Of(Read(("bond", "100"))));
        Assert.Equal((Credits.Whole(1), Credits.Zero, new Credits(1)), Of(Read(("bond", "0"))));

        static (Credits, Credits, Credits) Of((DutchAuctionParameters? Parameters, Refusal? Refusal) read) =>
            (read.Parameters!.StartPrice, read.Parameters.Bond, read.Parameters.RescueReward);
    }

    [Fact]
    public void A_soft_deadline_that_has_passed_leaves_no_ramp() =>
        Assert.Equal(TimeSpan.Zero, DutchAuctionParameters.Read(Samples.Choice().Parameters, Samples.Price, new RequestConstraints(), TimeSpan.FromSeconds(-5)).Parameters!.Ramp);

    [Theory]
    [InlineData("startPrice", "0")]
    [InlineData("startPrice", "10")]
    [InlineData("endPrice", "0.000001")]
    [InlineData("endPrice", "10")]
    [InlineData("startDelay", "0")]
    [InlineData("startDelay", "2592000")]
    [InlineData("ramp", "0")]
    [InlineData("ramp", "2592000")]
    [InlineData("lockTimeout", "0.001")]
    [InlineData("lockTimeout", "2592000")]
    [InlineData("bond", "0")]
    [InlineData("bond", "1000000000")]
    [InlineData("rescueReward", "0.000001")]
    [InlineData("rescueReward", "10")]
    [InlineData("rescuers", "1")]
    [InlineData("rescuers", "256")]
    public void Accepts_the_ends_of_every_range(string name, string value) => Assert.Null(Read((name, value)).Refusal);

    [Theory]
    [InlineData("startPrice", "10.000001", "a number of credits from 0 to 10")]
    [InlineData("startPrice", "-1", "a number of credits from 0 to 10")]
    [InlineData("endPrice", "0", "a number of credits from 0.000001 to 10")]
    [InlineData("endPrice", "11", "a number of credits from 0.000001 to 10")]
    [InlineData("startDelay", "-1", "a number of seconds from 0 to 2592000 with at most 3 decimals")]
    [InlineData("ramp", "2592000.001", "a number of seconds from 0 to 2592000 with at most 3 decimals")]
    [InlineData("ramp", "1.0001", "a number of seconds from 0 to 2592000 with at most 3 decimals")]
    [InlineData("ramp", "99999999999999999999", "a number of seconds from 0 to 2592000 with at most 3 decimals")]
    [InlineData("lockTimeout", "0", "a number of seconds from 0.001 to 2592000 with at most 3 decimals")]
    [InlineData("bond", "1000000001", "a number of credits from 0 to 1000000000")]
    [InlineData("rescueReward", "10.1", "a number of credits from 0.000001 to 10")]
    [InlineData("rescueReward", "0", "a number of credits from 0.000001 to 10")]
    [InlineData("rescuers", "0", "a whole number of provers from 1 to 256")]
    [InlineData("rescuers", "257", "a whole number of provers from 1 to 256")]
    [InlineData("rescuers", "1.0", "a whole number of provers from 1 to 256")]
    public void Refuses_what_is_out_of_range(string name, string value, string limit)
    {
        var (parameters, refusal) = Read((name, value));
        Assert.Null(parameters);
        Assert.Equal(Refusal.Of(ReasonCode.ParameterInvalid, $"mechanism.{name}", limit, value), refusal);
    }

    [Fact]
    public void The_start_price_is_at_most_the_end_price() => Assert.Equal(
        Refusal.Of(ReasonCode.ParameterInvalid, "mechanism.startPrice", "a number of credits from 0 to 4", "5"), Read(("endPrice", "4"), ("startPrice", "5")).Refusal);

    [Fact]
    public void Refuses_an_unknown_parameter() => Assert.Equal(
        Refusal.Of(
            ReasonCode.ParameterUnknown, "mechanism.Bond",
            "one of startPrice, endPrice, startDelay, ramp, lockTimeout, bond, rescueReward, rescuers", "Bond"),
        Read(("Bond", "1")).Refusal);

    [Fact]
    public void Refuses_redundancy() => Assert.Equal(
        Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", "1 for a mechanism with one prover at a time", "2"),
        DutchAuctionParameters.Read(Samples.Choice().Parameters, Samples.Price, new RequestConstraints { MinRedundancy = 2 }, UntilSoft).Refusal);

    [Fact]
    public void What_is_listed_is_what_is_read() => Assert.All(DutchAuctionParameters.Listing, parameter =>
    {
        Assert.Equal(($"mechanism.{parameter.Name}", ReasonCode.ParameterInvalid), (Read((parameter.Name, "?")).Refusal?.Field, Read((parameter.Name, "?")).Refusal?.Code));
        Assert.All([parameter.Unit, parameter.Default, parameter.Range, parameter.Meaning], text => Assert.NotEmpty(text));
    });

    private static (DutchAuctionParameters? Parameters, Refusal? Refusal) Read(params (string, string)[] values) =>
        DutchAuctionParameters.Read(Samples.Choice(values).Parameters, Samples.Price, new RequestConstraints(), UntilSoft);
}
