using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.Race;

public sealed class RaceParametersTests
{
    [Fact]
    public void Without_parameters_the_whole_price_is_the_reward() => Assert.Equal(
        new RaceParameters
        {
            Prize = new RacePrize
            {
                Reward = Samples.Price, Winners = 1, SplitPercent = 50, Decay = RewardDecay.Linear, HalfLife = TimeSpan.FromSeconds(10), Hold = TimeSpan.FromSeconds(5),
            },
            Bond = Credits.Zero,
            Participants = 16,
        },
        Read([]).Parameters);

    [Fact]
    public void Reads_every_parameter() => Assert.Equal(
        new RaceParameters
        {
            Prize = new RacePrize
            {
                Reward = new Credits(9_500_000), Winners = 2, SplitPercent = 25, Decay = RewardDecay.HalfLife, HalfLife = TimeSpan.FromSeconds(2), Hold = TimeSpan.FromSeconds(1.5),
            },
            Bond = Credits.Whole(2),
            Participants = 3,
        },
        Read([
            ("reward", "9.5"), ("bond", "2"), ("participants", "3"), ("decay", "halfLife"), ("winners", "2"), ("split", "25"), ("halfLife", "2"), ("hold", "1.5"),
        ]).Parameters);

    [Theory]
    [InlineData("reward", "0.000001")]
    [InlineData("reward", "10")]
    [InlineData("bond", "0")]
    [InlineData("bond", "1000000000")]
    [InlineData("participants", "1")]
    [InlineData("participants", "256")]
    [InlineData("decay", "linear")]
    [InlineData("decay", "none")]
    [InlineData("winners", "1")]
    [InlineData("winners", "16")]
    [InlineData("split", "0")]
    [InlineData("split", "100")]
    [InlineData("hold", "0.1")]
    [InlineData("halfLife", "86400")]
    public void Accepts_the_ends_of_every_range(string name, string value) => Assert.Null(Read([(name, value)]).Refusal);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("10.000001")]
    [InlineData("ten")]
    [InlineData("")]
    [InlineData("99999999999999999999999999")]
    public void Refuses_a_bad_reward(string value) =>
        Refuses("reward", value, "a number of credits from 0.000001 to 10");

    [Theory]
    [InlineData("-0.000001")]
    [InlineData("1000000000.000001")]
    [InlineData("none")]
    public void Refuses_a_bad_bond(string value) => Refuses("bond", value, "a number of credits from 0 to 1000000000");

    [Theory]
    [InlineData("0")]
    [InlineData("257")]
    [InlineData("-1")]
    [InlineData("+3")]
    [InlineData("3.0")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public void Refuses_bad_participants(string value) => Refuses("participants", value, "a whole number of provers from 1 to 256");

    [Theory]
    [InlineData("Linear")]
    [InlineData("half-life")]
    [InlineData("")]
    public void Refuses_a_bad_decay(string value) => Refuses("decay", value, "linear or halfLife or none");

    [Fact]
    public void Refuses_an_unknown_parameter() => Assert.Equal(
        Refusal.Of(ReasonCode.ParameterUnknown, "mechanism.Reward", "one of bond, participants, reward, winners, split, decay, halfLife, hold", "Reward"), Read([("Reward", "1")]).Refusal);

    [Fact]
    public void The_min_redundancy_bounds_the_participants()
    {
        var constraints = new RequestConstraints { MinRedundancy = 20 };
        Assert.Equal(20, Read([], constraints).Parameters!.Participants);
        Assert.Equal(20, Read([("participants", "20")], constraints).Parameters!.Participants);
        Refuses("participants", "19", "a whole number of provers from 20 to 256", constraints);
    }

    [Fact]
    public void What_is_listed_is_what_is_read()
    {
        Assert.Equal(["bond", "participants", "reward", "winners", "split", "decay", "halfLife", "hold"], RaceParameters.Listing.Select(parameter => parameter.Name));
        Assert.All(RaceParameters.Listing, parameter =>
        {
            Assert.Equal(ReasonCode.ParameterInvalid, Read([(parameter.Name, "?")]).Refusal?.Code);
            Assert.All([parameter.Default, parameter.Range, parameter.Meaning], text => Assert.NotEmpty(text));
        });
    }

    private static (RaceParameters? Parameters, Refusal? Refusal) Read((string, string)[] values, RequestConstraints? constraints = null) =>
        RaceParameters.Read(Samples.Choice(values).Parameters, Samples.Price, constraints ?? new RequestConstraints());

    private static void Refuses(string name, string value, string limit, RequestConstraints? constraints = null)
    {
        var (parameters, refusal) = Read([(name, value)], constraints);
        Assert.Null(parameters);
        Assert.Equal(Refusal.Of(ReasonCode.ParameterInvalid, $"mechanism.{name}", limit, value), refusal);
    }
}
