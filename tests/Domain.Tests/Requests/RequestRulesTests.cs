using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class RequestRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    [Fact]
    public void Accepts_a_well_formed_request()
    {
        Assert.Null(RequestRules.Check(Samples.Spec(), Now));
        Assert.Null(RequestRules.Check(Samples.Spec() with { Mechanism = null }, Now));
        Assert.Null(RequestRules.Check(Samples.Spec() with { SoftDeadline = Samples.Hard }, Now));
    }

    [Fact]
    public void Accepts_everything_at_its_limit() => Assert.Null(RequestRules.Check(
        Samples.Spec() with
        {
            RequestId = new string('r', 100),
            Account = new string('a', 100),
            PublicInputs = Bytes.CopyOf(new byte[MarketLimits.PublicInputsBytes]),
            Input = Bytes.CopyOf(new byte[MarketLimits.InputBytes]),
            MaxPrice = MarketLimits.Amount,
            SoftDeadline = Now.AddTicks(1),
            HardDeadline = Now + MarketLimits.DeadlineHorizon,
            Weights = new QosWeights { Speed = 10, Cost = 0, Safety = 0, CensorshipResistance = 0 },
            Constraints = new RequestConstraints
            {
                MinRedundancy = 64,
                MinStake = MarketLimits.Amount,
                AllowedProvers = Names(256),
                Hardware = Names(256),
            },
        },
        Now));

    [Theory]
    [InlineData("requestId")]
    [InlineData("account")]
    public void Refuses_a_bad_id(string field)
    {
        Refuses(With(""), ReasonCode.FieldMissing, field, "an id");
        Refuses(With(null!), ReasonCode.FieldMissing, field, "an id");
        Refuses(With("a b"), ReasonCode.FieldMalformed, field, "letters, digits, '.', '_', '-' and ':'", "a b");
        Refuses(With("a/b"), ReasonCode.FieldMalformed, field, "letters, digits, '.', '_', '-' and ':'", "a/b");
        Refuses(With(new string('x', 101)), ReasonCode.FieldTooLarge, field, "at most 100 characters", "101 characters");

        ProofRequestSpec With(string id) => field == "account" ? Samples.Spec() with { Account = id } : Samples.Spec() with { RequestId = id };
    }

    [Fact]
    public void Refuses_a_program_that_is_no_digest()
    {
        Refuses(Samples.Spec() with { ProgramId = "" }, ReasonCode.FieldMissing, "programId", "a SHA-256 digest");
        Refuses(Samples.Spec() with { ProgramId = "preimage" }, ReasonCode.FieldMalformed, "programId", "64 lower-case hexadecimal digits", "preimage");
    }

    [Fact]
    public void Refuses_missing_public_inputs() =>
        Refuses(Samples.Spec() with { PublicInputs = default }, ReasonCode.FieldMissing, "publicInputs", "the expected public inputs");

    [Fact]
    public void Refuses_public_inputs_over_the_limit() => Refuses(
        Samples.Spec() with { PublicInputs = Bytes.CopyOf(new byte[65537]) }, ReasonCode.FieldTooLarge, "publicInputs", "at most 65536 bytes", "65537 bytes");

    [Fact]
    public void Refuses_a_missing_input() =>
        Refuses(Samples.Spec() with { Input = Bytes.Empty }, ReasonCode.FieldMissing, "input", "an input or witness");

    [Fact]
    public void Refuses_an_input_over_the_limit() => Refuses(
        Samples.Spec() with { Input = Bytes.CopyOf(new byte[1048577]) }, ReasonCode.FieldTooLarge, "input", "at most 1048576 bytes", "1048577 bytes");

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-0.000001")]
    [InlineData(long.MinValue, "-9223372036854.775808")]
    public void Refuses_a_price_that_is_not_positive(long micro, string value) => Refuses(
        Samples.Spec() with { MaxPrice = new Credits(micro) }, ReasonCode.PriceNotPositive, "maxPrice", "above 0 credits", value);

    [Fact]
    public void Refuses_a_price_over_the_limit() => Refuses(
        Samples.Spec() with { MaxPrice = new Credits(MarketLimits.Amount.Micro + 1) },
        ReasonCode.OutOfRange, "maxPrice", "at most 1000000000 credits", "1000000000.000001");

    [Fact]
    public void Refuses_a_deadline_in_the_past()
    {
        var past = Now.AddTicks(-1);
        Refuses(Samples.Spec() with { SoftDeadline = Now }, ReasonCode.DeadlineInPast, "softDeadline", $"after {Now:O}", $"{Now:O}");
        Refuses(
            Samples.Spec() with { SoftDeadline = past, HardDeadline = past }, ReasonCode.DeadlineInPast, "softDeadline", $"after {Now:O}", $"{past:O}");
    }

    [Fact]
    public void Refuses_a_hard_deadline_before_the_soft_one()
    {
        var hard = Samples.Soft.AddTicks(-1);
        Refuses(
            Samples.Spec() with { HardDeadline = hard },
            ReasonCode.DeadlinesReversed, "hardDeadline", $"not before the soft deadline {Samples.Soft:O}", $"{hard:O}");
    }

    [Fact]
    public void Refuses_a_deadline_too_far_away()
    {
        var hard = Now.AddDays(30).AddTicks(1);
        Refuses(Samples.Spec() with { HardDeadline = hard }, ReasonCode.DeadlineTooFar, "hardDeadline", "within 30 days", $"{hard:O}");
        Refuses(
            Samples.Spec() with { SoftDeadline = DateTimeOffset.MaxValue, HardDeadline = DateTimeOffset.MaxValue },
            ReasonCode.DeadlineTooFar, "hardDeadline", "within 30 days", $"{DateTimeOffset.MaxValue:O}");
    }

    [Fact]
    public void Refuses_weights_out_of_range() => Refuses(
        Samples.Spec() with { Weights = new QosWeights { Safety = 11 } }, ReasonCode.OutOfRange, "weights.safety", "0 to 10", "11");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65)]
    public void Refuses_a_redundancy_out_of_range(int redundancy) => Refuses(
        new RequestConstraints { MinRedundancy = redundancy }, ReasonCode.OutOfRange, "constraints.minRedundancy", "1 to 64", $"{redundancy}");

    [Fact]
    public void Refuses_a_redundancy_above_the_allow_list() => Refuses(
        new RequestConstraints { MinRedundancy = 3, AllowedProvers = ["p1", "p2"] },
        ReasonCode.OutOfRange, "constraints.minRedundancy", "at most the 2 allowed provers", "3");

    [Fact]
    public void Counts_only_allowed_provers_that_can_take_part()
    {
        Assert.Null(RequestRules.Check(Samples.Spec() with { Constraints = new() { MinRedundancy = 1, AllowedProvers = ["p1", "p2"], DeniedProvers = ["p2"] } }, Now));
        Refuses(
            new RequestConstraints { MinRedundancy = 2, AllowedProvers = ["p1", "p1"] },
            ReasonCode.OutOfRange, "constraints.minRedundancy", "at most the 1 allowed provers", "2");
        Refuses(
            new RequestConstraints { MinRedundancy = 2, AllowedProvers = ["p1", "p2"], DeniedProvers = ["p2"] },
            ReasonCode.OutOfRange, "constraints.minRedundancy", "at most the 1 allowed provers", "2");
        Refuses(
            new RequestConstraints { AllowedProvers = ["p1"], DeniedProvers = ["p1"] },
            ReasonCode.OutOfRange, "constraints.minRedundancy", "at most the 0 allowed provers", "1");
    }

    [Fact]
    public void Refuses_a_stake_out_of_range()
    {
        Refuses(
            new RequestConstraints { MinStake = new Credits(-1) }, ReasonCode.OutOfRange, "constraints.minStake", "0 to 1000000000 credits", "-0.000001");
        Refuses(
            new RequestConstraints { MinStake = new Credits(MarketLimits.Amount.Micro + 1) },
            ReasonCode.OutOfRange, "constraints.minStake", "0 to 1000000000 credits", "1000000000.000001");
    }

    [Theory]
    [InlineData("constraints.hardware")]
    [InlineData("constraints.allowedProvers")]
    [InlineData("constraints.deniedProvers")]
    public void Refuses_a_bad_list(string field)
    {
        Refuses(List(field, Names(257)), ReasonCode.FieldTooLarge, field, "at most 256 entries", "257");
        Refuses(List(field, ["ok", ""]), ReasonCode.FieldMissing, field, "an id");
        Refuses(List(field, ["ok", "not ok"]), ReasonCode.FieldMalformed, field, "letters, digits, '.', '_', '-' and ':'", "not ok");
    }

    [Fact]
    public void Refuses_a_malformed_mechanism()
    {
        Refuses(new MechanismChoice { Name = "" }, ReasonCode.FieldMissing, "mechanism.name", "an id");
        Refuses(new MechanismChoice { Name = "a race" }, ReasonCode.FieldMalformed, "mechanism.name", "letters, digits, '.', '_', '-' and ':'", "a race");
        Refuses(
            new MechanismChoice { Name = new string('r', 101) }, ReasonCode.FieldTooLarge, "mechanism.name", "at most 100 characters", "101 characters");
    }

    [Fact]
    public void Refuses_too_many_parameters()
    {
        Assert.Null(RequestRules.Check(Samples.Spec() with { Mechanism = Parameters(256) }, Now));
        Refuses(Parameters(257), ReasonCode.FieldTooLarge, "mechanism.parameters", "at most 256 entries", "257");

        static MechanismChoice Parameters(int count) => Samples.Choice([.. Names(count).Select(name => (name, "1"))]);
    }

    [Fact]
    public void Refuses_a_malformed_parameter()
    {
        Assert.Null(RequestRules.Check(Samples.Spec() with { Mechanism = Samples.Choice(("bond", new string('0', 100))) }, Now));
        Refuses(
            Samples.Choice(("bond", new string('0', 101))), ReasonCode.FieldTooLarge, "mechanism.bond", "at most 100 characters", "101 characters");
        Refuses(Samples.Choice(("bond", null!)), ReasonCode.FieldMissing, "mechanism.bond", "a value");
        Refuses(
            Samples.Choice(("a bond", "1")), ReasonCode.FieldMalformed, "mechanism.parameters", "letters, digits, '.', '_', '-' and ':'", "a bond");
        Refuses(
            Samples.Choice((new string('b', 101), "1")), ReasonCode.FieldTooLarge, "mechanism.parameters", "at most 100 characters", "101 characters");
    }

    [Fact]
    public void Refuses_whatever_is_missing()
    {
        var fields = new HashSet<string>();
        foreach (var (field, spec) in Absences.Of(Samples.Spec()))
        {
            var refusal = RequestRules.Check(spec, Now);
            Assert.True(refusal is { Code: ReasonCode.FieldMissing } && refusal.Field == field, $"{field} missing: {refusal?.ToString() ?? "accepted"}");
            fields.Add(field);
        }
        Assert.Superset(new HashSet<string> { "requestId", "weights", "constraints", "constraints.hardware", "mechanism.name", "mechanism.parameters" }, fields);
    }

    [Fact]
    public void Takes_a_batch_as_large_as_a_single_statement_may_be() => Assert.Null(RequestRules.Check(
        Batch(Enumerable.Range(0, 64).Select(n => new ProofStatement { PublicInputs = Filled(1024, n), Input = Filled(16 * 1024, n) })), Now));

    [Fact]
    public void Refuses_a_malformed_batch()
    {
        Refuses(Batch(Enumerable.Range(0, 65).Select(Statement)), ReasonCode.FieldTooLarge, "statements", "at most 64 entries", "65");
        Refuses(Batch([Statement(1)]) with { PublicInputs = Bytes.Utf8("1") }, ReasonCode.FieldMalformed, "publicInputs", "empty beside statements", "1 bytes");
        Refuses(Batch([Statement(1)]) with { Input = Bytes.Utf8("12") }, ReasonCode.FieldMalformed, "input", "empty beside statements", "2 bytes");
        Refuses(Batch([Statement(1), Statement(2) with { Input = default }]), ReasonCode.FieldMissing, "statements[1].input", "an input or witness");
        Refuses(Batch([Statement(1) with { PublicInputs = default }]), ReasonCode.FieldMissing, "statements[0].publicInputs", "the expected public inputs");
        Refuses(
            Batch([Statement(1), Statement(2), Statement(1)]), ReasonCode.FieldMalformed, "statements[2].publicInputs", "other than those of every other statement", "those of statement 0");
        Refuses(
            Batch(Enumerable.Range(0, 64).Select(n => Statement(n) with { PublicInputs = Filled(1025, n) })), ReasonCode.FieldTooLarge, "statements.publicInputs", "at most 65536 bytes together", "65600 bytes");
        Refuses(
            Batch(Enumerable.Range(0, 2).Select(n => Statement(n) with { Input = Filled((512 * 1024) + n, n) })), ReasonCode.FieldTooLarge, "statements.input", "at most 1048576 bytes together", "1048577 bytes");
    }

    private static ProofRequestSpec Batch(IEnumerable<ProofStatement> statements) => Samples.Spec() with { PublicInputs = default, Input = default, Statements = [.. statements] };

    private static ProofStatement Statement(int n) => new() { PublicInputs = Bytes.Utf8($"[{n}]"), Input = Bytes.Utf8("{}") };

    private static Bytes Filled(int length, int with)
    {
        var bytes = new byte[length];
        bytes[0] = (byte)with;
        return Bytes.CopyOf(bytes);
    }

    private static RequestConstraints List(string field, ImmutableArray<string> values) => field switch
    {
        "constraints.hardware" => new RequestConstraints { Hardware = values },
        "constraints.allowedProvers" => new RequestConstraints { AllowedProvers = values },
        _ => new RequestConstraints { DeniedProvers = values },
    };

    private static ImmutableArray<string> Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"n{i}")];

    private static void Refuses(RequestConstraints constraints, ReasonCode code, string field, string limit = "", string value = "") =>
        Refuses(Samples.Spec() with { Constraints = constraints }, code, field, limit, value);

    private static void Refuses(MechanismChoice mechanism, ReasonCode code, string field, string limit = "", string value = "") =>
        Refuses(Samples.Spec() with { Mechanism = mechanism }, code, field, limit, value);

    private static void Refuses(ProofRequestSpec spec, ReasonCode code, string field, string limit = "", string value = "") =>
        Assert.Equal(Refusal.Of(code, field, limit, value), RequestRules.Check(spec, Now));
}
