using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class SubmissionRefusalTests(SubmissionRefusalTests.Market shared) : IClassFixture<SubmissionRefusalTests.Market>
{
    private static readonly string Unknown = new('0', 64);

    private static readonly ImmutableDictionary<string, (ReasonCode Code, string Field, Func<ProofRequestSpec, ProofRequestSpec> Change)> Bad =
        new Dictionary<string, (ReasonCode, string, Func<ProofRequestSpec, ProofRequestSpec>)>
        {
            ["account-missing"] = (ReasonCode.FieldMissing, "account", spec => spec with { Account = "" }),
            ["account-malformed"] = (ReasonCode.FieldMalformed, "account", spec => spec with { Account = "al/ice" }),
            ["account-long"] = (ReasonCode.FieldTooLarge, "account", spec => spec with { Account = new string('a', MarketLimits.IdLength + 1) }),
            ["program-missing"] = (ReasonCode.FieldMissing, "programId", spec => spec with { ProgramId = "" }),
            ["program-malformed"] = (ReasonCode.FieldMalformed, "programId", spec => spec with { ProgramId = Unknown.ToUpperInvariant()[1..] }),
            ["program-unknown"] = (ReasonCode.ProgramUnknown, "programId", spec => spec with { ProgramId = Unknown }),
            ["inputs-missing"] = (ReasonCode.FieldMissing, "publicInputs", spec => spec with { PublicInputs = Bytes.Empty }),
            ["inputs-malformed"] = (ReasonCode.PublicInputInvalid, "publicInputs", spec => spec with { PublicInputs = Bytes.Utf8("3,four") }),
            ["inputs-too-few"] = (ReasonCode.PublicInputCount, "publicInputs", spec => spec with { PublicInputs = Bytes.Utf8("3") }),
            ["inputs-too-many"] = (ReasonCode.PublicInputCount, "publicInputs", spec => spec with { PublicInputs = Bytes.Utf8("3,4,5") }),
            ["inputs-not-canonical"] = (ReasonCode.PublicInputInvalid, "publicInputs", spec => spec with { PublicInputs = Bytes.Utf8("3,1004") }),
            ["inputs-large"] = (ReasonCode.FieldTooLarge, "publicInputs", spec => spec with { PublicInputs = Zeros(MarketLimits.PublicInputsBytes + 1) }),
            ["input-missing"] = (ReasonCode.FieldMissing, "input", spec => spec with { Input = Bytes.Empty }),
            ["input-large"] = (ReasonCode.FieldTooLarge, "input", spec => spec with { Input = Zeros(MarketLimits.InputBytes + 1) }),
            ["price-zero"] = (ReasonCode.PriceNotPositive, "maxPrice", spec => spec with { MaxPrice = Domain.Credits.Zero }),
            ["price-negative"] = (ReasonCode.PriceNotPositive, "maxPrice", spec => spec with { MaxPrice = new Credits(-1) }),
            ["price-high"] = (ReasonCode.OutOfRange, "maxPrice", spec => spec with { MaxPrice = MarketLimits.Amount + new Credits(1) }),
            ["soft-past"] = (ReasonCode.DeadlineInPast, "softDeadline", spec => spec with { SoftDeadline = spec.SoftDeadline - SoftIn }),
            ["hard-before-soft"] = (ReasonCode.DeadlinesReversed, "hardDeadline", spec => spec with { HardDeadline = spec.SoftDeadline.AddTicks(-1) }),
            ["hard-far"] = (ReasonCode.DeadlineTooFar, "hardDeadline", spec => spec with { HardDeadline = spec.HardDeadline + MarketLimits.DeadlineHorizon }),
            ["weight-high"] = (ReasonCode.OutOfRange, "weights.speed", spec => spec with { Weights = new QosWeights { Speed = 11 } }),
            ["redundancy-zero"] = (ReasonCode.OutOfRange, "constraints.minRedundancy", spec => spec with { Constraints = new() { MinRedundancy = 0 } }),
            ["allowed-malformed"] = (ReasonCode.FieldMalformed, "constraints.allowedProvers", spec => spec with { Constraints = new() { AllowedProvers = ["p 1"] } }),
            ["fallbacks-alone"] = (ReasonCode.FieldMissing, "mechanism", spec => spec with { Mechanism = null, Fallbacks = [new() { Mechanism = RaceOf() }] }),
            ["half-life-zero"] = (ReasonCode.OutOfRange, "halfLife", spec => spec with { HalfLife = TimeSpan.Zero }),
            ["mechanism-unknown"] = (ReasonCode.MechanismUnknown, "mechanism.name", spec => spec with { Mechanism = new MechanismChoice { Name = "walk" } }),
            ["parameter-unknown"] = (ReasonCode.ParameterUnknown, "mechanism.speed", spec => spec with { Mechanism = RaceOf(("speed", "1")) }),
            ["reward-above-price"] = (ReasonCode.ParameterInvalid, "mechanism.reward", spec => spec with { Mechanism = RaceOf(("reward", "10.000001")) }),
            ["reward-zero"] = (ReasonCode.ParameterInvalid, "mechanism.reward", spec => spec with { Mechanism = RaceOf(("reward", "0")) }),
            ["reward-no-number"] = (ReasonCode.ParameterInvalid, "mechanism.reward", spec => spec with { Mechanism = RaceOf(("reward", "ten")) }),
            ["bond-negative"] = (ReasonCode.ParameterInvalid, "mechanism.bond", spec => spec with { Mechanism = RaceOf(("bond", "-1")) }),
            ["participants-zero"] = (ReasonCode.ParameterInvalid, "mechanism.participants", spec => spec with { Mechanism = RaceOf(("participants", "0")) }),
            ["decay-other"] = (ReasonCode.ParameterInvalid, "mechanism.decay", spec => spec with { Mechanism = RaceOf(("decay", "sudden")) }),
        }.ToImmutableDictionary();

    public static TheoryData<string> Cases => [.. Bad.Keys.Order()];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_bad_request_is_refused_with_code_and_field_and_leaves_nothing_behind(string name)
    {
        var (code, field, change) = Bad[name];
        var market = shared.Cluster;
        var writes = market.Faults.Writes;

        var answer = await market.Request(name).SubmitAsync(change(market.Spec(name)));

        Assert.Null(answer.Status);
        Assert.Equal((code, field), (answer.Refusal!.Code, answer.Refusal.Field.Split(' ')[0]));
        Assert.NotEmpty(answer.Refusal.Limit);
        Assert.Null(await market.Request(name).GetStatusAsync());
        Assert.Equal(writes, market.Faults.Writes);
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
    }

    [Fact]
    public async Task The_same_id_can_be_used_after_a_refusal()
    {
        await using var market = await MarketAsync();
        Assert.NotNull((await market.Request("r1").SubmitAsync(market.Spec("r1") with { MaxPrice = Domain.Credits.Zero })).Refusal);
        Assert.NotNull((await market.Request("r1").SubmitAsync(market.Spec("r1"))).Status);
    }

    [Theory]
    [InlineData("r 1", ReasonCode.FieldMalformed)]
    [InlineData("r/1", ReasonCode.FieldMalformed)]
    [InlineData("ü", ReasonCode.FieldMalformed)]
    public async Task A_malformed_request_id_is_refused(string id, ReasonCode code)
    {
        var answer = await shared.Cluster.Request(id).SubmitAsync(shared.Cluster.Spec(id));
        Assert.Equal((code, "requestId"), (answer.Refusal!.Code, answer.Refusal.Field));
    }

    [Fact]
    public async Task A_body_for_another_request_is_refused()
    {
        var answer = await shared.Cluster.Request("r1").SubmitAsync(shared.Cluster.Spec("r2"));
        Assert.Equal((ReasonCode.FieldMalformed, "requestId"), (answer.Refusal!.Code, answer.Refusal.Field));
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_refused_and_the_first_one_stays()
    {
        await using var market = await MarketAsync();
        var spec = market.Spec("r1");
        var first = await market.SubmitAsync(spec);

        var answer = await market.Request("r1").SubmitAsync(spec with { MaxPrice = Credits(11) });

        Assert.Equal((ReasonCode.RequestIdConflict, "requestId", "r1 with another maxPrice"), (answer.Refusal!.Code, answer.Refusal.Field, answer.Refusal.Value));
        Assert.Equal<string>(["maxPrice"], answer.Conflict!.Fields);
        Assert.Equal((first.Timeline[0].At, spec.SoftDeadline, spec.HardDeadline), (answer.Conflict.SubmittedAt, answer.Conflict.SoftDeadline, answer.Conflict.HardDeadline));
        Assert.Equal(first.Timeline, (await market.StatusAsync("r1")).Timeline.Take(first.Timeline.Length));
        Assert.Equal(Credits(10), (await market.Account("alice").GetBalanceAsync()).Held);
    }

    [Fact]
    public async Task A_request_beyond_the_balance_is_rejected_for_good_and_nothing_is_held()
    {
        await using var market = await MarketAsync(funds: 9.999999m);
        var spec = market.Spec("r1");

        var answer = await market.Request("r1").SubmitAsync(spec);

        Assert.Equal((ReasonCode.BalanceInsufficient, "amount"), (answer.Refusal!.Code, answer.Refusal.Field));
        Assert.Contains("9.999999", answer.Refusal.Limit, StringComparison.Ordinal);
        var status = await market.StatusAsync("r1");
        Assert.Equal((RequestPhase.Rejected, ReasonCode.BalanceInsufficient), (status.Phase, status.Outcome));
        await market.FundAsync("alice", Credits(10), "more");
        Assert.Equal(ReasonCode.BalanceInsufficient, (await market.Request("r1").SubmitAsync(spec)).Refusal!.Code);
        Assert.NotNull((await market.Request("r2").SubmitAsync(market.Spec("r2"))).Status);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r2");
        await Audit.AtRestAsync(market);
    }

    private static Bytes Zeros(int length) => Bytes.CopyOf(new byte[length]);

    public sealed class Market : IAsyncLifetime
    {
        public MarketCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync() => Cluster = await MarketAsync();

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
