using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Tests.Faults;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

/// <summary>What every mechanism promises, whatever it selects and pays by. A mechanism passes by deriving from this and saying how it is asked for.</summary>
public abstract class MechanismContract
{
    private const int FewestWrites = 12;
    private const int MostWrites = 70;

    /// <summary>The bond that <see cref="Choice"/> asks for.</summary>
    protected static readonly Credits Bond = Credits(2);

    /// <summary>The mechanism with a bond of <see cref="Bond"/>, paying at most ten credits.</summary>
    protected abstract MechanismChoice Choice { get; }

    /// <summary>The mechanism itself.</summary>
    internal abstract IMechanism Mechanism { get; }

    /// <summary>Registers a mechanism that is not built in.</summary>
    protected virtual void AddTo(IServiceCollection services)
    {
    }

    /// <summary>Says how provers take part, when answering invitations is not all.</summary>
    protected virtual void Prepare(MarketCluster market)
    {
    }

    /// <summary>What giving a lease back within seconds costs at most: nothing, unless the mechanism keeps others away meanwhile.</summary>
    protected virtual Credits MostThatLeavingCosts => Domain.Credits.Zero;

    /// <summary>What a lease that is held without a word to the hard deadline costs of its bond.</summary>
    protected virtual Credits SilenceCosts => Bond;

    /// <summary>What is to be proved, of a request that pays ten credits; a single statement unless the mechanism is to show that it proves batches.</summary>
    protected virtual ProofRequestSpec Ordered(ProofRequestSpec spec) => spec;

    /// <summary>The durable state of a run.</summary>
    protected abstract IMechanismState RunOf(MarketCluster market, string runKey);

    [Fact]
    public async Task A_verified_proof_is_paid_once_and_never_above_the_ceiling()
    {
        await using var market = await StartAsync();
        foreach (var id in new[] { "p1", "p2", "p3" }) await market.ProverAsync(id, stake: 50, conduct: Conduct.Good);

        var status = await ServeAsync(market, "r1");

        Assert.Equal(RequestPhase.Fulfilled, status.Phase);
        Assert.InRange(status.Paid!.Value.Micro, 1, Credits(10).Micro);
        var settlement = market.Disk.All<RequestState>("request")["r1"].Settlement!;
        Assert.All(settlement.Credits, credit => Assert.Equal(CreditKind.Reward, credit.Kind));
        foreach (var prover in market.Provers)
        {
            var paid = settlement.Credits.Where(credit => credit.Account == prover.Offer.Account).Aggregate(Domain.Credits.Zero, (sum, credit) => sum + credit.Amount);
            Assert.Equal(paid, await market.AvailableAsync(prover.Offer.Account));
            Assert.Equal(paid, prover.Worker!.Earned.GetValueOrDefault("r1/0"));
        }
        Assert.Equal(Credits(100) - status.Paid.Value, await market.AvailableAsync("alice"));
        await RestsAsync(market);
    }

    [Fact]
    public async Task An_invalid_proof_is_not_paid_costs_its_bond_and_somebody_else_delivers()
    {
        await using var market = await StartAsync();
        var cheat = await market.ProverAsync("cheat", stake: 50, conduct: Conduct.Corrupt);
        await market.OpenAsync(Spec(market, "r1"));
        await market.AdvanceUntilAsync(() => Task.FromResult(cheat.Worker!.Caught.ContainsKey("r1/0")), TimeSpan.FromSeconds(30), "a cheat that was caught");
        await market.ProverAsync("good", stake: 50, conduct: Conduct.Good);

        var status = await UntilItEndsAsync(market, "r1");

        Assert.Equal((RequestPhase.Fulfilled, "good"), (status.Phase, status.ProverId));
        Assert.Empty(cheat.Worker!.Earned);
        var record = (await market.RegistryOf("cheat").GetProverAsync("cheat"))!;
        Assert.Equal((Bond, 1L), (record.Slashed, record.Missed));
        // Half of the bond is the requester's, and three tenths are the rescuer's.
        Assert.Equal(Credits(90) + (Credits(10) - status.Paid!.Value) + Credits(1), await market.AvailableAsync("alice"));
        Assert.Equal(status.Paid.Value + Credits(0.6m), await market.AvailableAsync("good-account"));
        await RestsAsync(market);
    }

    [Fact]
    public async Task Whoever_holds_a_lease_at_the_hard_deadline_has_missed_it()
    {
        await using var market = await StartAsync();
        await market.ProverAsync("silent", stake: 50, conduct: Conduct.Silent);
        var spec = Spec(market, "r1");
        await market.SubmitAsync(spec);
        await market.AdvanceToAsync(spec.HardDeadline.AddTicks(-1));
        Assert.False((await market.StatusAsync("r1")).Phase.IsFinal());
        await market.AdvanceAsync(TimeSpan.FromTicks(1));
        var status = await market.EndsAsync("r1");

        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyDelivered), (status.Phase, status.Outcome));
        var record = (await market.RegistryOf("silent").GetProverAsync("silent"))!;
        Assert.Equal((SilenceCosts, 1L), (record.Slashed, record.Missed));
        // Of a request that nobody proved its requester has its own back, and no more.
        Assert.Equal((Credits(100), SilenceCosts), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
        await RestsAsync(market);
    }

    [Fact]
    public async Task A_request_that_nobody_serves_ends_at_its_deadline_with_the_whole_price_back()
    {
        await using var market = await StartAsync();
        await market.ProverAsync("poor", stake: 1, conduct: Conduct.Good);
        var status = await ServeAsync(market, "r1");
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), (status.Phase, status.Outcome));
        Assert.Equal(1, status.LeftOut[ReasonCode.StakeInsufficient]);
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        await RestsAsync(market);
    }

    [Fact]
    public async Task A_cancelled_request_is_refunded_and_whoever_works_on_it_is_told_to_stop()
    {
        await using var market = await StartAsync();
        var worker = await market.ProverAsync("silent", stake: 50, conduct: Conduct.Silent);
        await market.SubmitAsync(Spec(market, "r1"));
        await market.AdvanceUntilAsync(() => IsAsync(market, "r1", RequestPhase.Assigned), TimeSpan.FromSeconds(60), "a prover at work");

        await market.CompleteAsync(market.Request("r1").CancelAsync());
        var status = await market.EndsAsync("r1");

        Assert.Equal((RequestPhase.Cancelled, ReasonCode.CancelledByRequester), (status.Phase, status.Outcome));
        Assert.Equal(("r1/0", ReasonCode.RunClosed), await StoppedAsync(worker));
        Assert.Equal(Domain.Credits.Zero, (await market.RegistryOf("silent").GetProverAsync("silent"))!.Slashed);
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        await RestsAsync(market);
    }

    [Fact]
    public async Task Nobody_works_on_more_than_it_has_slots_for()
    {
        await using var market = await StartAsync();
        var prover = await market.ProverAsync("p1", stake: 50, slots: 1);
        prover.Worker = new TestWorker(market, prover, Conduct.Good, _ => TimeSpan.FromSeconds(3));
        string[] requests = ["r1", "r2", "r3", "r4"];
        foreach (var request in requests) await market.SubmitAsync(Spec(market, request));
        while (!(await Task.WhenAll(requests.Select(market.StatusAsync))).All(status => status.Phase.IsFinal()))
        {
            await market.AdvanceAsync(TimeSpan.FromSeconds(1));
            Audit.Always(market);
        }
        foreach (var request in requests) Assert.Equal(RequestPhase.Fulfilled, (await market.StatusAsync(request)).Phase);
        await RestsAsync(market, requests);
    }

    [Theory]
    [InlineData(Conduct.Quitting)]
    [InlineData(Conduct.Declining)]
    public async Task Whoever_declines_loses_nothing_and_another_takes_over(Conduct conduct)
    {
        await using var market = await StartAsync();
        var leaving = await market.ProverAsync("leaving", stake: 50, conduct: conduct);
        await market.OpenAsync(Spec(market, "r1"));
        await market.AdvanceAsync(TimeSpan.FromSeconds(3));
        await market.HappensAsync(async () => HasLeft(await market.StatusAsync("r1")));
        await market.ProverAsync("good", stake: 50, conduct: Conduct.Good);

        var status = await UntilItEndsAsync(market, "r1");

        Assert.Equal((RequestPhase.Fulfilled, "good"), (status.Phase, status.ProverId));
        Assert.True(HasLeft(status), string.Join('\n', status.Timeline));
        var record = (await market.RegistryOf("leaving").GetProverAsync("leaving"))!;
        Assert.InRange(record.Slashed.Micro, 0, conduct == Conduct.Quitting ? MostThatLeavingCosts.Micro : 0);
        if (record.Slashed == Domain.Credits.Zero) Assert.Equal((0L, 0L), (record.Missed, record.Lapsed));
        Assert.Empty(leaving.Worker!.Earned);
        await RestsAsync(market);

        static bool HasLeft(RequestStatus status) => status.Timeline.Any(entry => entry.ProverId == "leaving" && entry.Phase == RequestPhase.Open);
    }

    private Interfaces.Mechanisms.IMechanismRunGrain GetRun(MarketCluster market, string runKey)
    {
        var services = new ServiceCollection().AddProvingMarket();
        AddTo(services);
        return services.BuildServiceProvider().GetRequiredService<MechanismCatalog>().GetRun(market.Grains, Choice, runKey);
    }

    [Fact]
    public async Task A_delivery_repeated_gets_the_same_answer_and_is_paid_once()
    {
        await using var market = await StartAsync();
        var prover = await market.ProverAsync("p1", stake: 50, conduct: Conduct.Good);
        var status = await ServeAsync(market, "r1");
        Assert.Equal(status.Paid, await DeliverAgainAsync(GetRun(market, "r1/0").GetGrainId(), market, prover));
        Assert.Equal(status.Paid, await market.AvailableAsync("p1-account"));
        await RestsAsync(market);
    }

    /// <summary>Delivers once more what has been delivered, or anything in its place; what that is told to have earned.</summary>
    protected virtual async Task<Credits?> DeliverAgainAsync(GrainId run, MarketCluster market, TestProver prover)
    {
        var again = await market.Grains.GetGrain<Interfaces.Mechanisms.IRunForWorkers>(run).SubmitAsync(new()
        {
            ProverId = prover.Id, Session = prover.Session, PublicInputs = Bytes.Utf8("3,4"), Proof = Bytes.Utf8("whatever"),
        });
        return again.Reward;
    }

    [Fact]
    public async Task Parameters_are_listed_and_unknown_ones_refused()
    {
        await using var market = await StartAsync();
        var listed = (await market.Router.ListMechanismsAsync()).Single(mechanism => mechanism.Name == Choice.Name);
        Assert.NotEmpty(listed.Summary);
        Assert.All(listed.Parameters, parameter => Assert.All([parameter.Default, parameter.Range, parameter.Meaning], text => Assert.NotEmpty(text)));
        var spec = Spec(market, "r1") with { Mechanism = MechanismOf(Choice.Name, ("noSuchParameter", "1")) };
        Assert.Equal(ReasonCode.ParameterUnknown, (await market.Request("r1").SubmitAsync(spec)).Refusal?.Code);
    }

    [Fact]
    public async Task It_is_quoted_unless_it_is_for_those_who_name_it()
    {
        await using var market = await StartAsync();
        await market.ProverAsync("p1", stake: 50, conduct: Conduct.Good);
        var question = RouteQuestions.Of(Spec(market, "r1") with { Mechanism = null }, (await market.Program(ProgramId).GetAsync()).Program!, market.Now) with { Statements = 0 };
        var table = (await market.Router.QuoteAsync(question)).Decision!.Table;
        Assert.Equal(
            Mechanism.Instances.Select(instance => instance.Id).Order(),
            table.Where(row => row.Instance.Split('/')[0] == Choice.Name).Select(row => row.Instance).Order());
        Assert.All(table.Where(row => row.IsFeasible), row => Assert.InRange(row.PriceP50.Micro, 1, question.MaxPrice.Micro));
    }

    [Fact]
    public async Task A_batch_is_proved_or_refused_by_name()
    {
        await using var market = await StartAsync();
        await market.ProverAsync("p1", stake: 50, conduct: Conduct.Good);
        var spec = market.Batch("r1", 3) with { Mechanism = Choice };
        if (Mechanism.CheckBatch(Choice, spec.MaxPrice, spec.Constraints, 3, new WorkUnits(1)) is { } refusal)
        {
            Assert.Equal((ReasonCode.BatchNotServed, "statements"), (refusal.Code, refusal.Field));
            Assert.Contains(Choice.Name, refusal.Limit);
            Assert.Equal(refusal, (await market.Request("r1").SubmitAsync(spec)).Refusal);
            return;
        }
        await market.SubmitAsync(spec);
        var status = await UntilItEndsAsync(market, "r1");
        Assert.Equal((RequestPhase.Fulfilled, 3, 3), (status.Phase, status.Statements, status.Proved.Length));
        for (var statement = 0; statement < 3; statement++)
            Assert.Equal(TestProofSystem.Prove(TestProofSystem.Key(2, "sum"), spec.Statements[statement].PublicInputs), (await market.Request("r1").GetProofAsync(statement)).Proof);
        await RestsAsync(market);
    }

    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData(StorageFault.CrashBefore)]
    [InlineData(StorageFault.CrashAfter)]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.Conflict)]
    public async Task Any_write_may_go_wrong(StorageFault fault)
    {
        var (market, lifecycle) = await Lifecycle.StartAsync(Choice, AddTo, Prepare, Ordered);
        await using (market)
        {
            var nth = 0;
            do
            {
                market.Faults.Plan(++nth, fault);
                try
                {
                    await lifecycle.RunAsync($"r{nth}");
                    await AssertFollowsAsync(market, $"r{nth}");
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"{fault} at write {nth}: {e.Message}{Environment.NewLine}{market.Log}", e);
                }
            }
            while (market.Faults.Reset() && nth <= MostWrites);
            Assert.InRange(nth, FewestWrites + 1, MostWrites);
        }
    }

    /// <summary>A request for ten credits with this mechanism.</summary>
    protected ProofRequestSpec Spec(MarketCluster market, string requestId) => Ordered(market.Spec(requestId) with { Mechanism = Choice });

    /// <summary>Submits, and moves the clock until the request has ended.</summary>
    protected async Task<RequestStatus> ServeAsync(MarketCluster market, string requestId)
    {
        await market.SubmitAsync(Spec(market, requestId));
        return await UntilItEndsAsync(market, requestId);
    }

    /// <summary>Moves the clock until a request has ended.</summary>
    protected static async Task<RequestStatus> UntilItEndsAsync(MarketCluster market, string requestId)
    {
        await market.AdvanceUntilAsync(
            async () => (await market.StatusAsync(requestId)).Phase.IsFinal(), HardIn + TimeSpan.FromSeconds(5), $"the end of {requestId}");
        return await market.StatusAsync(requestId);
    }

    /// <summary>Everything adds up, and the outcome follows from order and transcript.</summary>
    protected async Task RestsAsync(MarketCluster market, params string[] requests)
    {
        await Audit.AtRestAsync(market);
        foreach (var request in requests.Length == 0 ? ["r1"] : requests) await AssertFollowsAsync(market, request);
    }

    /// <summary>A market in which this mechanism can be asked for.</summary>
    protected async Task<MarketCluster> StartAsync()
    {
        var market = await MarketAsync(funds: 100, services: AddTo);
        Prepare(market);
        return market;
    }

    private async Task AssertFollowsAsync(MarketCluster market, string requestId)
    {
        var run = RunOf(market, $"{requestId}/0").Run;
        Assert.Equal(run.Report!.Payments.Length, run.Transcript.Count(entry => entry.Kind == TranscriptKind.Paid));
        var evidence = await market.EvidenceAsync(requestId);
        Assert.Equal(run.Transcript.AsEnumerable(), evidence.Stages.Single().Transcript);
        var report = RequestAudit.Check(evidence, [Mechanism]);
        Assert.Empty(report.Findings);
        Assert.Equal(AuditDepth.Outcome, report.Stages.Single().Depth);
        foreach (var (what, forged) in Forgery.Of(run.Transcript))
        {
            // Somebody who rewrites the transcript is caught by the end that the request has noted, even when all hashes are made to fit.
            var found = RequestAudit.Check(evidence with { Stages = [evidence.Stages.Single() with { Transcript = forged }] }, [Mechanism]);
            Assert.True(found.Findings is [{ Entry: not null }], $"{what} is not found");
        }
        // Payments that he writes in his own favour are found where they are.
        if (run.Transcript.FirstOrDefault(entry => entry.Kind == TranscriptKind.Paid) is not { } paid) return;
        Assert.Equal(run.Transcript.IndexOf(paid), Mechanism.Audit(run.Order, Forgery.Rehashed(run.Transcript.Replace(paid, paid with { Value = "1" })))?.Entry);
    }

    private static async Task<bool> IsAsync(MarketCluster market, string requestId, RequestPhase phase) => (await market.StatusAsync(requestId)).Phase == phase;

    private static async Task<(string RunKey, ReasonCode Reason)> StoppedAsync(TestProver prover)
    {
        var stop = await prover.StoppedByAsync();
        return (stop.RunKey, stop.Reason);
    }
}
