using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

/// <summary>A program never changes, so a silo asks for it once: the requests for a popular program do not wait for one grain.</summary>
public sealed class KnownProgramTests
{
    [Fact]
    public async Task A_program_is_asked_for_once_however_many_requests_there_are_for_it()
    {
        var calls = new CallCounts();
        await using var market = await MarketAsync(funds: 100, services: services => services.AddSingleton<IIncomingGrainCallFilter>(calls));
        Assert.Null((await market.Request("r1").SubmitAsync(market.Spec("r1"))).Refusal);
        Assert.True(calls.Of(nameof(IProgramGrain.GetAsync)) > 0);
        var asked = calls.All;
        foreach (var id in new[] { "r2", "r3", "r4" }) Assert.Null((await market.Request(id).SubmitAsync(market.Spec(id))).Refusal);
        Assert.Equal(asked, calls.All);
    }

    [Theory]
    [InlineData("3", ReasonCode.PublicInputCount)]
    [InlineData("3,4,5", ReasonCode.PublicInputCount)]
    [InlineData("3,1004", ReasonCode.PublicInputInvalid)]
    [InlineData("3,four", ReasonCode.PublicInputInvalid)]
    public async Task Public_inputs_that_do_not_fit_are_refused_alike_whether_or_not_the_silo_knows_the_program(string inputs, ReasonCode code)
    {
        await using var market = await MarketAsync(funds: 100);
        var first = await RefusalsAsync("first");
        Assert.Null((await market.Request("good").SubmitAsync(market.Spec("good"))).Refusal);
        var then = await RefusalsAsync("then");
        Assert.Equal(code, first.Single.Code);
        Assert.StartsWith("statements[1].publicInputs", first.OfBatch.Field, StringComparison.Ordinal);
        Assert.Equal(first, then);

        async Task<(Refusal Single, Refusal OfBatch)> RefusalsAsync(string id)
        {
            var single = market.Spec(id) with { PublicInputs = Bytes.Utf8(inputs) };
            var batch = market.Batch($"{id}-batch", 3);
            batch = batch with { Statements = batch.Statements.SetItem(1, batch.Statements[1] with { PublicInputs = Bytes.Utf8(inputs) }) };
            return ((await market.Request(id).SubmitAsync(single)).Refusal!, (await market.Request($"{id}-batch").SubmitAsync(batch)).Refusal!);
        }
    }

    /// <summary>One proof would be paid for each of them.</summary>
    [Theory]
    [InlineData("0,4")]
    [InlineData(" 0, 4")]
    [InlineData("00,+4")]
    public async Task Statements_that_differ_in_their_layout_only_are_refused_as_the_same_whether_or_not_the_silo_knows_the_program(string inputs)
    {
        await using var market = await MarketAsync(funds: 100);
        var expected = Refusal.Of(ReasonCode.FieldMalformed, "statements[2].publicInputs", "other than those of every other statement", "those of statement 0");
        Assert.Equal(expected, await RefusalAsync("first"));
        Assert.Null((await market.Request("good").SubmitAsync(market.Spec("good"))).Refusal);
        Assert.Equal(expected, await RefusalAsync("then"));

        async Task<Refusal?> RefusalAsync(string id)
        {
            var batch = market.Batch(id, 3) with { Mechanism = MechanismOf("cooperative") };
            batch = batch with { Statements = batch.Statements.SetItem(2, batch.Statements[2] with { PublicInputs = Bytes.Utf8(inputs) }) };
            return (await market.Request(id).SubmitAsync(batch)).Refusal;
        }
    }

    /// <summary>Counts the calls that concern programs.</summary>
    private sealed class CallCounts : IIncomingGrainCallFilter
    {
        private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

        public int All => _counts.Values.Sum();

        public int Of(string method) => _counts.GetValueOrDefault(method);

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain.GetType().Name is "ProgramGrain" or "ProofVerifierGrain") _counts.AddOrUpdate(context.MethodName, 1, (_, before) => before + 1);
            return context.Invoke();
        }
    }
}
