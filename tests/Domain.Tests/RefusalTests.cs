namespace ProvingMarket.Domain.Tests;

public sealed class RefusalTests
{
    [Fact]
    public void Says_code_field_limit_and_value() => Assert.Equal(
        "DeadlineInPast: softDeadline must be after noon, was eleven",
        Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline", "after noon", "eleven").ToString());

    [Fact]
    public void Leaves_out_what_is_not_known() => Assert.Equal("RunWon: run", Refusal.Of(ReasonCode.RunWon, "run").ToString());

    [Fact]
    public void Cuts_a_long_value()
    {
        Assert.Equal(new string('v', 200), Refusal.Of(ReasonCode.FieldMalformed, "id", "", new string('v', 200)).Value);
        Assert.Equal(new string('v', 200) + "…", Refusal.Of(ReasonCode.FieldMalformed, "id", "", new string('v', 201)).Value);
    }

    [Fact]
    public void Reason_codes_are_unique_and_stay_in_their_hundreds()
    {
        var codes = Enum.GetValues<ReasonCode>().Cast<int>().ToArray();
        Assert.Equal(codes.Length, Enum.GetNames<ReasonCode>().Length);
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(codes, code => Assert.True(code is 0 or (>= 100 and < 700)));
    }
}
