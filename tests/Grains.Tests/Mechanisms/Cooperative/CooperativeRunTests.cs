using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Cooperative;

public sealed class CooperativeRunTests
{
    private static readonly MechanismChoice Four = MechanismOf("cooperative", ("bond", "2"), ("faults", "1"), ("backups", "0"));

    [Fact]
    public async Task A_committee_shares_a_batch_and_everybody_is_paid_for_what_it_proved()
    {
        await using var market = await MarketAsync(funds: 100);
        foreach (var id in Ids(4)) await market.ProverAsync(id, stake: 50, conduct: Conduct.Good);
        var status = await ServeAsync(market, market.Batch("r1", 8));

        Assert.Equal((RequestPhase.Fulfilled, Credits(10)), (status.Phase, status.Paid));
        Assert.Equal(Enumerable.Range(0, 8), status.Proved.Select(proved => proved.Statement));
        foreach (var prover in market.Provers)
        {
            var due = new Credits(status.Proved.Count(proved => proved.ProverId == prover.Id) * 1_250_000L);
            Assert.Equal(due, await market.AvailableAsync(prover.Offer.Account));
        }
        // What is kept of the proofs: a record each, and none in the run or in the request.
        Assert.Equal(8, market.Disk.All<Grains.Requests.StoredBatchProof>("batch-proof").Count);
        Assert.Null(RunOf(market, "r1/0").Run.Report!.Proof);
        await Audit.AtRestAsync(market);
    }

    [Theory]
    [InlineData(Conduct.Silent)]
    [InlineData(Conduct.Corrupt)]
    [InlineData(Conduct.Quitting)]
    [InlineData(Conduct.Declining)]
    public async Task Any_one_of_four_may_fail(Conduct conduct)
    {
        await using var market = await MarketAsync(funds: 100);
        var failing = await market.ProverAsync("failing", stake: 50, conduct: conduct);
        foreach (var id in Ids(3))
        {
            // Slower than the one that fails: the three prove everything, and what it delivers after that costs it nothing.
            var prover = await market.ProverAsync(id, stake: 50);
            prover.Worker = new TestWorker(market, prover, Conduct.Good, _ => TimeSpan.FromSeconds(1));
        }
        var status = await ServeAsync(market, market.Batch("r1", 8));

        Assert.Equal((RequestPhase.Fulfilled, 8), (status.Phase, status.Proved.Length));
        Assert.Empty(failing.Worker!.Earned);
        var record = (await market.RegistryOf("failing").GetProverAsync("failing"))!;
        Assert.Equal(conduct == Conduct.Corrupt ? Credits(2) : Domain.Credits.Zero, record.Slashed);
        var run = RunOf(market, "r1/0");
        Assert.Null(CooperativeAudit.Check(run.Run.Order, run.Run.Transcript));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Whoever_was_silent_is_left_out_of_the_requesters_next_committee_and_only_of_that()
    {
        await using var market = await MarketAsync(funds: 1_000);
        var silent = await market.ProverAsync("silent", stake: 50, conduct: Conduct.Silent);
        foreach (var id in Ids(4))
        {
            // Equally fast, a statement a second: nobody overtakes anybody who works.
            var prover = await market.ProverAsync(id, stake: 50);
            prover.Worker = new TestWorker(market, prover, Conduct.Good, _ => TimeSpan.FromSeconds(1)) { StatementsAtOnce = 1 };
        }
        // Until it is drawn once.
        var n = 0;
        do await ServeAsync(market, market.Batch($"r{++n}", 8));
        while (!RunOf(market, $"r{n}/0").Run.Participants.ContainsKey("silent") && n < 50);
        var last = await market.Grains.GetGrain<ICommitteeGrain>(GrainKeys.Committee("alice", ProgramId)).GetLastAsync();
        Assert.Equal(($"r{n}/0", "silent"), (last!.RunKey, Assert.Single(last.Silent)));

        await ServeAsync(market, market.Batch("next", 8));
        var next = RunOf(market, "next/0").Run;
        Assert.DoesNotContain("silent", next.Participants.Keys);
        Assert.Equal($"r{n}/0 silent", next.Transcript.Single(entry => entry.Kind == TranscriptKind.Absent).Value);
        Assert.Contains("silent", next.Transcript.Single(entry => entry.Kind == TranscriptKind.Candidates).Value, StringComparison.Ordinal);
        Assert.Empty((await market.Grains.GetGrain<ICommitteeGrain>(GrainKeys.Committee("alice", ProgramId)).GetLastAsync())!.Silent);
        Assert.Equal(Domain.Credits.Zero, (await market.RegistryOf("silent").GetProverAsync("silent"))!.Slashed);
        Assert.NotNull(silent.Worker);
    }

    [Fact]
    public async Task Whoever_has_a_statement_that_is_proved_is_told_to_stop_with_it_and_refused_when_it_is_late()
    {
        await using var market = await MarketAsync(funds: 100);
        foreach (var id in Ids(4)) await market.ProverAsync(id, stake: 50);
        await market.OpenAsync(market.Batch("r1", 4) with { Mechanism = Four });
        await market.AdvanceUntilAsync(() => Task.FromResult(RunOf(market, "r1/0").Seats.Length == 4), TimeSpan.FromSeconds(10), "a committee");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var run = market.Grains.GetGrain<ICooperativeRunGrain>("r1/0");
        var seats = RunOf(market, "r1/0").Seats;
        var first = Prover(market, seats[0].Members[0]);
        var statement = seats[0].Statements[0];
        var second = Prover(market, seats.First(seat => seat != seats[0] && seat.Statements.Contains(statement)).Members[0]);
        second.Worker = new TestWorker(market, second, Conduct.Silent);
        var (mine, theirs) = ((await run.JoinAsync(first.Id, first.Session)).Assignment!, (await run.JoinAsync(second.Id, second.Session)).Assignment!);
        Assert.Equal(seats[0].Statements, mine.Statements.Select(assigned => assigned.Statement));
        Assert.Equal(["witness"], mine.Statements.Select(assigned => assigned.Input.ToUtf8String().Split(' ')[0]).Distinct());

        Assert.Equal(Credits(2.5m), (await DeliverAsync(run, first, mine, statement)).Answers.Single().Reward);
        Assert.True(await market.HappensAsync(() => Task.FromResult(second.Worker.StoppedStatements.Contains(("r1/0", statement)))), "told to stop");
        var late = await DeliverAsync(run, second, theirs, statement);
        Assert.Equal((ReasonCode.StatementDelivered, false), (late.Answers.Single().Refusal!.Code, late.Left.Contains(statement)));
        // The same once more is the same.
        Assert.Equal(Credits(2.5m), (await DeliverAsync(run, first, mine, statement)).Answers.Single().Reward);
        var status = await market.StatusAsync("r1");
        Assert.Equal((4, statement), (status.Statements, Assert.Single(status.Proved).Statement));
        Assert.Equal(ReasonCode.ProofNotAvailable, (await market.Request("r1").GetProofAsync(statement)).Refusal!.Code);

        // Cancelled now, what was proved is paid and the requester's.
        await market.CompleteAsync(market.Request("r1").CancelAsync());
        var end = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Cancelled, Credits(2.5m)), (end.Phase, end.Paid));
        Assert.Equal(Credits(97.5m), await market.AvailableAsync("alice"));
        Assert.Null((await market.Request("r1").GetProofAsync(statement)).Refusal);
        Assert.Equal(ReasonCode.ProofNotAvailable, (await market.Request("r1").GetProofAsync((statement + 1) % 4)).Refusal!.Code);
        Assert.Equal(ReasonCode.StatementUnknown, (await market.Request("r1").GetProofAsync(4)).Refusal!.Code);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task An_invalid_proof_ends_the_membership_and_the_valid_ones_with_it_are_paid()
    {
        await using var market = await MarketAsync(funds: 100);
        var cheat = await market.ProverAsync("cheat", stake: 50);
        var alone = MechanismOf("cooperative", ("bond", "2"), ("faults", "0"));
        await market.OpenAsync(market.Batch("r1", 4) with { Mechanism = alone });
        await market.AdvanceUntilAsync(() => Task.FromResult(RunOf(market, "r1/0").Seats.Length == 1), TimeSpan.FromSeconds(10), "a committee");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var run = market.Grains.GetGrain<ICooperativeRunGrain>("r1/0");
        var assignment = (await run.JoinAsync("cheat", cheat.Session)).Assignment!;
        var proofs = assignment.Statements.Select(statement => TestProofSystem.ProofFor(assignment, statement)).ToArray();
        var answer = await run.SubmitManyAsync(new BatchSubmission
        {
            ProverId = "cheat", Session = cheat.Session, Proofs = [proofs[0], proofs[1] with { Proof = Bytes.CopyOf(new byte[32]) }, proofs[2]],
        });
        Assert.Equal([ReasonCode.None, ReasonCode.ProofInvalid, ReasonCode.None], answer.Answers.Select(one => one.Refusal?.Code ?? ReasonCode.None));

        // A batch is delivered by statements.
        Assert.Equal(ReasonCode.StatementUnknown, (await run.SubmitAsync(new ProofSubmission { ProverId = "cheat", Session = cheat.Session, PublicInputs = default, Proof = default })).Refusal!.Code);
        await market.ProverAsync("good", stake: 50, conduct: Conduct.Good);
        var status = await UntilItEndsAsync(market, "r1");
        Assert.Equal((RequestPhase.Fulfilled, null), (status.Phase, status.ProverId));
        // Two of four at 2.5 credits; half of the bond is the requester's, three tenths of it the rescuer's.
        Assert.Equal((Credits(5), Credits(5.6m), Credits(91)), (await market.AvailableAsync("cheat-account"), await market.AvailableAsync("good-account"), await market.AvailableAsync("alice")));
        Assert.Equal(Credits(2), (await market.RegistryOf("cheat").GetProverAsync("cheat"))!.Slashed);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_proof_of_other_public_inputs_is_refused_and_the_member_stays()
    {
        await using var market = await MarketAsync(funds: 100);
        foreach (var id in Ids(4)) await market.ProverAsync(id, stake: 50);
        await market.OpenAsync(market.Batch("r1", 8) with { Mechanism = Four });
        await market.AdvanceUntilAsync(() => Task.FromResult(RunOf(market, "r1/0").Seats.Length == 4), TimeSpan.FromSeconds(10), "a committee");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var run = market.Grains.GetGrain<ICooperativeRunGrain>("r1/0");
        var member = Prover(market, RunOf(market, "r1/0").Seats[0].Members[0]);
        var assignment = (await run.JoinAsync(member.Id, member.Session)).Assignment!;
        var sound = TestProofSystem.ProofFor(assignment, assignment.Statements[0]);

        var answer = await run.SubmitManyAsync(new BatchSubmission
        {
            ProverId = member.Id, Session = member.Session, Proofs = [sound with { PublicInputs = Bytes.Utf8("77,4") }],
        });

        Assert.Equal(ReasonCode.ProofForAnotherRequest, Assert.Single(answer.Answers).Refusal?.Code);
        Assert.Equal(assignment.Statements.Select(statement => statement.Statement), answer.Left);
        Assert.NotNull((await DeliverAsync(run, member, assignment, sound.Statement)).Answers.Single().Reward);
        Assert.Equal(Credits(0), (await market.RegistryOf(member.Id).GetProverAsync(member.Id))!.Slashed);
    }

    [Fact]
    public async Task A_fallback_proves_what_is_left_for_what_is_left_of_the_price()
    {
        await using var market = await MarketAsync(funds: 100);
        var first = await market.ProverAsync("first", stake: 50);
        var alone = MechanismOf("cooperative", ("faults", "0"));
        await market.OpenAsync(market.Batch("r1", 4) with { Mechanism = alone, Fallbacks = [new RequestFallback { Mechanism = alone }] });
        await market.AdvanceUntilAsync(() => Task.FromResult(RunOf(market, "r1/0").Seats.Length == 1), TimeSpan.FromSeconds(10), "a committee");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var run = market.Grains.GetGrain<ICooperativeRunGrain>("r1/0");
        await DeliverAsync(run, first, (await run.JoinAsync("first", "s1")).Assignment!, 2);
        await first.DisconnectAsync();
        first.Renews = false;
        await market.AdvanceAsync(TimeSpan.FromSeconds(60));
        await market.ProverAsync("second", stake: 50, conduct: Conduct.Good);
        var status = await UntilItEndsAsync(market, "r1");

        Assert.Equal((RequestPhase.Fulfilled, Credits(10), 4), (status.Phase, status.Paid, status.Proved.Length));
        Assert.Equal([0, 1, 3], RunOf(market, "r1/1").Run.Order.Statements.Select(statement => statement.Statement));
        Assert.Equal(Credits(7.5m), RunOf(market, "r1/1").Run.Order.MaxPrice);
        Assert.Equal((Credits(2.5m), Credits(7.5m)), (await market.AvailableAsync("first-account"), await market.AvailableAsync("second-account")));
        for (var statement = 0; statement < 4; statement++) Assert.Null((await market.Request("r1").GetProofAsync(statement)).Refusal);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Too_few_provers_for_a_committee_is_what_the_requester_is_told()
    {
        await using var market = await MarketAsync(funds: 100);
        foreach (var id in Ids(3)) await market.ProverAsync(id, stake: 50, conduct: Conduct.Good);
        var status = await ServeAsync(market, market.Batch("r1", 2));
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), (status.Phase, status.Outcome));
        Assert.Equal(3, status.LeftOut[ReasonCode.CommitteeIncomplete]);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_batch_with_public_inputs_that_do_not_fit_is_refused_by_its_statement()
    {
        await using var market = await MarketAsync(funds: 100);
        var spec = market.Batch("r1", 3) with { Mechanism = Four };
        spec = spec with { Statements = spec.Statements.SetItem(1, spec.Statements[1] with { PublicInputs = Bytes.Utf8("1") }) };
        var refusal = (await market.Request("r1").SubmitAsync(spec)).Refusal!;
        Assert.Equal((ReasonCode.PublicInputCount, "statements[1].publicInputs inputs"), (refusal.Code, refusal.Field));
    }

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(1, count).Select(n => $"p{n}");

    private static CooperativeState RunOf(MarketCluster market, string runKey) => market.Disk.All<CooperativeState>("cooperative")[runKey];

    private static TestProver Prover(MarketCluster market, string id) => market.Provers.Single(prover => prover.Id == id);

    private static Task<BatchAnswer> DeliverAsync(ICooperativeRunGrain run, TestProver prover, Assignment assignment, int statement) => run.SubmitManyAsync(new BatchSubmission
    {
        ProverId = prover.Id,
        Session = prover.Session,
        Proofs = [TestProofSystem.ProofFor(assignment, assignment.Statements.Single(assigned => assigned.Statement == statement))],
    });

    private static async Task<RequestStatus> ServeAsync(MarketCluster market, ProofRequestSpec spec)
    {
        await market.SubmitAsync(spec with { Mechanism = Four });
        return await UntilItEndsAsync(market, spec.RequestId);
    }

    private static async Task<RequestStatus> UntilItEndsAsync(MarketCluster market, string requestId)
    {
        await market.AdvanceUntilAsync(
            async () => (await market.StatusAsync(requestId)).Phase.IsFinal(), HardIn + TimeSpan.FromSeconds(5), $"the end of {requestId}");
        return await market.StatusAsync(requestId);
    }
}
