using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Elections;

public sealed class ElectionTests
{
    [Fact]
    public async Task The_elected_prover_is_told_by_when_to_answer_and_its_slot_is_reserved()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(Spec(market, ("answerWindow", "7"), ("price", "4"), ("bond", "3")));
        var invitation = await prover.InvitedToAsync();
        Assert.Equal(
            (InvitationKind.Assigned, market.Now.AddSeconds(7), Credits(4), Credits(3), "random-election"),
            (invitation.Kind, invitation.AnswerBy, invitation.Reward, invitation.Bond, invitation.Mechanism));
        Assert.Equal(Credits(3), (await market.RegistryOf("p1").GetProverAsync("p1"))!.LockedBond);
        Assert.Equal(0, (await Run(market).GetProgressAsync()).Leased);

        var answer = await Run(market).JoinAsync("p1", prover.Session);
        Assert.Equal(Credits(4), answer.Assignment!.Reward);
        Assert.Equal(1, (await Run(market).GetProgressAsync()).Leased);
    }

    [Fact]
    public async Task Nobody_joins_who_was_not_drawn()
    {
        await using var market = await MarketAsync();
        var (one, two) = (await market.ProverAsync("p1", stake: 20), await market.ProverAsync("p2", stake: 20));
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var answers = new[] { await Run(market).JoinAsync("p1", one.Session), await Run(market).JoinAsync("p2", two.Session) };
        Assert.Single(answers, answer => answer.Assignment is not null);
        Assert.Equal(ReasonCode.NotElected, Assert.Single(answers, answer => answer.Refusal is not null).Refusal!.Code);
    }

    [Fact]
    public async Task Silence_past_the_window_calls_the_backup_costs_no_money_and_is_counted()
    {
        await using var market = await MarketAsync(funds: 100);
        var silent = await market.ProverAsync("silent", stake: 20);
        await market.OpenAsync(Spec(market, ("answerWindow", "5"), ("bond", "3")));
        await silent.InvitedToAsync();
        await market.ProverAsync("good", stake: 20, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromSeconds(4.9));
        Assert.Empty(market.Disk.Provers().Single(prover => prover.Offer.ProverId == "good").Leases);
        await market.AdvanceAsync(TimeSpan.FromSeconds(4));

        var status = await market.EndsAsync("r1");

        Assert.Equal("good", status.ProverId);
        Assert.Contains(status.Timeline, entry => entry is { Reason: ReasonCode.LeaseLapsed, ProverId: "silent" });
        Assert.Equal(ReasonCode.LeaseLapsed, (await silent.StoppedByAsync()).Reason);
        var record = (await market.RegistryOf("silent").GetProverAsync("silent"))!;
        Assert.Equal((Credits(0), 1L, 0L, 1), (record.Slashed, record.Lapsed, record.Missed, record.Track.FailuresInRow));
        Assert.True(record.Track.Reputation < 0.5);
        Assert.Equal(ReasonCode.RunWon, (await Run(market).JoinAsync("silent", silent.Session)).Refusal!.Code);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Whoever_took_the_lease_and_misses_its_delivery_time_is_replaced_and_slashed()
    {
        await using var market = await MarketAsync(funds: 100);
        await market.ProverAsync("silent", stake: 20, conduct: Conduct.Silent);
        await market.OpenAsync(Spec(market, ("answerWindow", "5"), ("deliveryTime", "20"), ("bond", "4")));
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await market.ProverAsync("good", stake: 20, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromSeconds(22.9));
        Assert.False((await market.StatusAsync("r1")).Phase.IsFinal());
        await market.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.Equal("good", (await market.EndsAsync("r1")).ProverId);
        Assert.Equal(Credits(4), (await market.RegistryOf("silent").GetProverAsync("silent"))!.Slashed);
        Assert.Equal(Credits(90 + 2), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(10 + 1.2m), await market.AvailableAsync("good-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_lease_that_was_taken_up_is_still_taken_after_a_crash()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(Spec(market, ("answerWindow", "5")));
        await prover.InvitedToAsync();
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        await market.KillAsync();
        await market.RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(30));
        var answer = await Run(market).SubmitAsync(new()
        {
            ProverId = "p1", Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
        Assert.Equal(Credits(10), answer.Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_crash_does_not_count_against_whoever_was_called()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(Spec(market, ("answerWindow", "5")));
        await prover.InvitedToAsync();
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(20));
        await market.RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        var again = await prover.InvitedToAsync();
        Assert.True(again.AnswerBy > market.Now);
        Assert.NotNull((await Run(market).JoinAsync("p1", prover.Session)).Assignment);
    }

    /// <summary>What a silo was down for is no time that the prover had.</summary>
    [Fact]
    public async Task Whoever_is_called_again_after_an_outage_has_the_whole_time_to_deliver()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(Spec(market, ("answerWindow", "5"), ("deliveryTime", "30"), ("bond", "4")));
        await prover.InvitedToAsync();
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(25));
        await market.RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        await prover.InvitedToAsync();
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        Assert.InRange(assignment.Deadline - market.Now, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(35));
        await market.AdvanceAsync(TimeSpan.FromSeconds(29));
        var answer = await Run(market).SubmitAsync(new()
        {
            ProverId = "p1", Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
        Assert.Equal(Credits(10), answer.Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_redundancy_that_one_prover_cannot_give_is_refused()
    {
        await using var market = await MarketAsync();
        var answer = await market.Request("r1").SubmitAsync(Spec(market) with { Constraints = new RequestConstraints { MinRedundancy = 2 } });
        Assert.Equal("constraints.minRedundancy", answer.Refusal!.Field);
    }

    [Fact]
    public async Task The_randomness_is_not_told_before_the_draw()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        var state = market.Disk.All<RandomElectionState>("random-election")["r1/0"];
        var secret = Convert.ToHexStringLower(state.Election.Beacon!.Value.Span);
        Assert.DoesNotContain(state.Run.Transcript, entry => entry.Value.Contains(secret, StringComparison.Ordinal));
        Assert.Contains(state.Run.Transcript, entry => entry.Value == $"market {state.Election.Beacon.Commitment}");
        await market.ProverAsync("p1", stake: 20, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        await market.EndsAsync("r1");
        state = market.Disk.All<RandomElectionState>("random-election")["r1/0"];
        Assert.Contains(state.Run.Transcript, entry => entry.Kind == TranscriptKind.BeaconRevealed && entry.Value == secret);
    }

    [Fact]
    public async Task As_many_race_as_are_elected_and_the_next_drawn_takes_a_free_seat()
    {
        await using var market = await MarketAsync(funds: 100);
        string[] provers = ["p1", "p2", "p3", "p4", "p5"];
        foreach (var id in provers) await market.ProverAsync(id, stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("elected-race", ("elected", "2"), ("answerWindow", "60")) });
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var called = market.Provers.Where(prover => prover.InvitedSoFar() is not null).ToArray();
        Assert.Equal(2, called.Length);
        var run = market.Run<IElectedRaceRunGrain>("r1");
        await run.DeclineAsync(called[0].Id, called[0].Session, ReasonCode.WorkerDraining);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var next = Assert.Single(market.Provers, prover => prover.InvitedSoFar() is not null);
        var assignment = (await run.JoinAsync(next.Id, next.Session)).Assignment!;
        Assert.NotNull((await run.JoinAsync(called[1].Id, called[1].Session)).Assignment);
        var answer = await run.SubmitAsync(new()
        {
            ProverId = next.Id, Session = next.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
        Assert.Equal(Credits(10), answer.Reward);
        Assert.Equal(ReasonCode.Outraced, (await called[1].StoppedByAsync()).Reason);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    /// <summary>Its seat is kept for it as long as it has to answer, as after a restart; the other seat is nobody's who waits for it.</summary>
    [Fact]
    public async Task Whoever_stays_away_keeps_its_seat_and_stops_nobody_elses()
    {
        await using var market = await MarketAsync();
        foreach (var id in new[] { "p1", "p2", "p3" }) await market.ProverAsync(id, stake: 20);
        await market.OpenAsync(market.Spec("r1") with
        {
            SoftDeadline = market.Now.AddDays(1),
            HardDeadline = market.Now.AddDays(1),
            Mechanism = MechanismOf("elected-race", ("elected", "2"), ("answerWindow", "3600")),
        });
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var drawn = (await market.Run<IElectedRaceRunGrain>("r1").GetTranscriptAsync()).Transcript.Single(entry => entry.Kind == TranscriptKind.Drawn).Value.Split(' ')
            .Select(id => market.Provers.Single(prover => prover.Id == id)).ToArray();
        await market.KillAsync();
        drawn[0].Renews = false;
        await market.StartAgainAsync();
        foreach (var prover in drawn[1..]) await prover.ConnectAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));

        var run = market.Run<IElectedRaceRunGrain>("r1");
        await run.DeclineAsync(drawn[1].Id, drawn[1].Session, ReasonCode.WorkerDraining);
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull((await run.JoinAsync(drawn[2].Id, drawn[2].Session)).Assignment);

        drawn[0].Renews = true;
        await drawn[0].ConnectAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull((await run.JoinAsync(drawn[0].Id, drawn[0].Session)).Assignment);
    }

    private static IRandomElectionRunGrain Run(MarketCluster market) => market.Run<IRandomElectionRunGrain>("r1");

    private static ProofRequestSpec Spec(MarketCluster market, params (string, string)[] parameters) =>
        market.Spec("r1") with { Mechanism = MechanismOf(RandomElectionParameters.MechanismName, parameters) };
}
