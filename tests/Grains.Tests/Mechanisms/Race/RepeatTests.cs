using ProvingMarket.Domain;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

public sealed class RepeatTests
{
    [Fact]
    public async Task Starting_again_with_the_same_order_changes_nothing()
    {
        await using var market = await MarketAsync();
        var order = await market.OrderAsync("r1", ("bond", "1"));
        var run = await market.StartRunAsync(order);
        await market.SettleAsync();
        var writes = market.Faults.Writes;
        Assert.True((await run.StartAsync(order with { Constraints = order.Constraints with { Hardware = [] } }, Bytes.Empty)).Progress!.Started);
        Assert.Equal(writes, market.Faults.Writes);
    }

    [Theory]
    [InlineData("price")]
    [InlineData("mechanism")]
    [InlineData("program")]
    [InlineData("soft")]
    [InlineData("hard")]
    [InlineData("inputs")]
    [InlineData("constraints")]
    public async Task Starting_again_with_another_order_is_refused(string difference)
    {
        await using var market = await MarketAsync();
        var order = await market.OrderAsync("r1");
        var run = await market.StartRunAsync(order);
        var another = difference switch
        {
            "price" => order with { MaxPrice = Credits(1_000) },
            "mechanism" => order with { Mechanism = RaceOf(("reward", "9")) },
            "program" => order with { Program = order.Program with { ProgramId = new string('1', 64) } },
            "soft" => order with { SoftDeadline = order.SoftDeadline.AddSeconds(1) },
            "hard" => order with { HardDeadline = order.HardDeadline.AddSeconds(1) },
            "inputs" => order with { PublicInputs = Bytes.Utf8("5,6") },
            _ => order with { Constraints = order.Constraints with { DeniedProvers = ["p1"] } },
        };
        var refusal = (await run.StartAsync(another, Bytes.Empty)).Refusal;
        Assert.Equal((ReasonCode.RunOrderConflict, "order"), (refusal!.Code, refusal.Field));
    }

    [Fact]
    public async Task A_race_is_not_concluded_before_its_deadline()
    {
        await using var market = await MarketAsync();
        var run = await market.StartRunAsync("r1");
        await market.AdvanceAsync(HardIn - TimeSpan.FromTicks(1));
        Assert.Null((await run.ConcludeAsync(ReasonCode.None)).Report);
        await market.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.Equal(ReasonCode.NobodyJoined, (await run.ConcludeAsync(ReasonCode.None)).Report!.Reason);
    }

    [Fact]
    public async Task Concluding_again_gives_the_first_report()
    {
        await using var market = await MarketAsync();
        var run = await market.StartRunAsync("r1");
        var first = await run.ConcludeAsync(ReasonCode.CancelledByRequester);
        await market.AdvanceAsync(HardIn);
        var second = await run.ConcludeAsync(ReasonCode.None);
        Assert.Equal(ReasonCode.CancelledByRequester, second.Report!.Reason);
        Assert.Equal(first.Report!.EndedAt, second.Report.EndedAt);
    }

    [Fact]
    public async Task Concluding_a_won_race_gives_the_win()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var run = await market.StartRunAsync("r1");
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        var report = (await run.ConcludeAsync(ReasonCode.CancelledByRequester)).Report!;
        Assert.Equal((ReasonCode.Won, "p1"), (report.Reason, report.Proof!.ProverId));
    }

    [Fact]
    public async Task Concluding_a_race_that_never_started_says_so()
    {
        await using var market = await MarketAsync();
        var progress = await market.Run("r1").ConcludeAsync(ReasonCode.CancelledByRequester);
        Assert.False(progress.Started);
        Assert.Null(progress.Report);
    }

    [Fact]
    public async Task Declining_an_invitation_again_is_noted_once()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var run = await market.StartRunAsync("r1");
        for (var i = 0; i < 3; i++) await prover.DeclineAsync("r1", ReasonCode.ArtefactsMissing);
        Assert.Equal(ReasonCode.ArtefactsMissing, Assert.Single((await run.GetProgressAsync()).Events).Reason);
        await prover.TakeAsync("r1");
    }

    [Fact]
    public async Task Giving_a_lease_back_again_frees_the_slot_if_the_first_time_did_not()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", slots: 1);
        await market.StartRunAsync("r1");
        await market.StartRunAsync("r2");
        await prover.TakeAsync("r1");
        // The first write is the race's, the second the registry's.
        market.Faults.Plan(2, TestKit.Storage.StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.DeclineAsync("r1"));
        await prover.DeclineAsync("r1");
        Assert.Empty((await market.RegistryOf("p1").GetProverAsync("p1"))!.Leases);
        await prover.ConnectAsync();
        await prover.TakeAsync("r2");
    }

    [Fact]
    public async Task A_decline_of_another_session_changes_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        await market.Run("r1").DeclineAsync("p1", "another", ReasonCode.WorkerDraining);
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }
}
