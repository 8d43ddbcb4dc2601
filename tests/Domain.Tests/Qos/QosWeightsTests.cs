using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Domain.Tests.Qos;

public sealed class QosWeightsTests
{
    public static TheoryData<string, QosWeights> OneWeight(int value) => new()
    {
        { "weights.speed", new QosWeights { Speed = value } },
        { "weights.cost", new QosWeights { Cost = value } },
        { "weights.safety", new QosWeights { Safety = value } },
        { "weights.censorshipResistance", new QosWeights { CensorshipResistance = value } },
    };

    [Theory]
    [MemberData(nameof(OneWeight), 0)]
    [MemberData(nameof(OneWeight), 10)]
    public void Accepts_0_to_10(string field, QosWeights weights) => Assert.True(weights.Check() is null, field);

    [Theory]
    [MemberData(nameof(OneWeight), -1)]
    public void Refuses_less(string field, QosWeights weights) =>
        Assert.Equal(Refusal.Of(ReasonCode.OutOfRange, field, "0 to 10", "-1"), weights.Check());

    [Theory]
    [MemberData(nameof(OneWeight), 11)]
    public void Refuses_more(string field, QosWeights weights) =>
        Assert.Equal(Refusal.Of(ReasonCode.OutOfRange, field, "0 to 10", "11"), weights.Check());

    [Fact]
    public void Refuses_weights_that_are_all_zero() => Assert.Equal(
        Refusal.Of(ReasonCode.OutOfRange, "weights", "at least one above 0", "all 0"),
        new QosWeights { Speed = 0, Cost = 0, Safety = 0, CensorshipResistance = 0 }.Check());

    [Fact]
    public void The_default_is_accepted() => Assert.Null(new QosWeights().Check());
}
