using System.Collections.Immutable;
using ProvingMarket.Domain.Provers;

namespace ProvingMarket.Domain.Tests.Provers;

public sealed class ProverRulesTests
{
    [Fact]
    public void Accepts_a_well_formed_offer()
    {
        Assert.Null(ProverRules.Check(Samples.Offer()));
        Assert.Null(ProverRules.Check(Samples.Offer() with
        {
            Slots = 1024, MilliUnitsPerSecond = 1, AskPerUnit = new Credits(1), LatencyP95 = TimeSpan.FromTicks(1), Hardware = ["gpu"], MaxBond = Credits.Zero,
        }));
    }

    [Fact]
    public void Refuses_bad_ids()
    {
        Refuses(Samples.Offer() with { ProverId = "" }, ReasonCode.FieldMissing, "proverId", "an id");
        Refuses(Samples.Offer() with { ProverId = "p/1" }, ReasonCode.FieldMalformed, "proverId", "letters, digits, '.', '_', '-' and ':'", "p/1");
        Refuses(Samples.Offer() with { Account = new string('a', 101) }, ReasonCode.FieldTooLarge, "account", "at most 100 characters", "101 characters");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void Refuses_slots_out_of_range(int slots) =>
        Refuses(Samples.Offer() with { Slots = slots }, ReasonCode.OutOfRange, "slots", "1 to 1024", $"{slots}");

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Refuses_no_throughput(long throughput) => Refuses(
        Samples.Offer() with { MilliUnitsPerSecond = throughput }, ReasonCode.OutOfRange, "milliUnitsPerSecond", "positive", $"{throughput}");

    [Fact]
    public void Refuses_a_latency_that_is_not_positive() =>
        Refuses(Samples.Offer() with { LatencyP95 = TimeSpan.Zero }, ReasonCode.OutOfRange, "latencyP95", "positive", "00:00:00");

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Refuses_an_availability_that_is_no_part_of_the_time(int percent) =>
        Refuses(Samples.Offer() with { AvailabilityPercent = percent }, ReasonCode.OutOfRange, "availabilityPercent", "1 to 100", $"{percent}");

    [Fact]
    public void Refuses_money_out_of_range()
    {
        Refuses(Samples.Offer() with { AskPerUnit = new Credits(-1) }, ReasonCode.OutOfRange, "askPerUnit", "0 to 1000000 credits", "-0.000001");
        Refuses(Samples.Offer() with { AskPerUnit = new Credits(1_000_000_000_001) }, ReasonCode.OutOfRange, "askPerUnit", "0 to 1000000 credits", "1000000.000001");
        Refuses(Samples.Offer() with { MaxBond = new Credits(-1) }, ReasonCode.OutOfRange, "maxBond", "0 to 1000000000 credits", "-0.000001");
        Refuses(Samples.Offer() with { MaxBond = new Credits(1_000_000_000_000_001) }, ReasonCode.OutOfRange, "maxBond", "0 to 1000000000 credits", "1000000000.000001");
    }

    [Fact]
    public void Refuses_no_programs_and_bad_ones()
    {
        Refuses(Samples.Offer() with { Programs = [] }, ReasonCode.FieldMissing, "programs", "at least one program");
        Refuses(Samples.Offer() with { Programs = Many(257, Samples.ProgramId) }, ReasonCode.FieldTooLarge, "programs", "at most 256 entries", "257");
        Refuses(Samples.Offer() with { Programs = ["x"] }, ReasonCode.FieldMalformed, "programs", "64 lower-case hexadecimal digits", "x");
        Assert.Null(ProverRules.Check(Samples.Offer() with { Programs = Many(256, Samples.ProgramId) }));
    }

    [Fact]
    public void Refuses_bad_hardware()
    {
        Refuses(Samples.Offer() with { Hardware = Many(257, "gpu") }, ReasonCode.FieldTooLarge, "hardware", "at most 256 entries", "257");
        Refuses(Samples.Offer() with { Hardware = ["gpu", "a gpu"] }, ReasonCode.FieldMalformed, "hardware", "letters, digits, '.', '_', '-' and ':'", "a gpu");
    }

    [Fact]
    public void Refuses_whatever_is_missing() => Assert.All(Absences.Of(Samples.Offer()), change =>
    {
        var refusal = ProverRules.Check(change.Changed);
        Assert.True(refusal is { Code: ReasonCode.FieldMissing } && refusal.Field == change.Field, $"{change.Field} missing: {refusal}");
    });

    private static ImmutableArray<string> Many(int count, string value) => [.. Enumerable.Repeat(value, count)];

    private static void Refuses(ProverOffer offer, ReasonCode code, string field, string limit = "", string value = "") =>
        Assert.Equal(Refusal.Of(code, field, limit, value), ProverRules.Check(offer));
}
