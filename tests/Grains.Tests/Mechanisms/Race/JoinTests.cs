using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

public sealed class JoinTests
{
    [Fact]
    public async Task A_run_that_was_not_started_is_unknown()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        AssertRefused(ReasonCode.RunUnknown, "run", await prover.JoinAsync("r1"));
        Assert.False((await market.Run("r1").GetProgressAsync()).Started);
    }

    [Fact]
    public async Task Joining_again_gives_the_same_lease_once()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.StartRunAsync("r1", ("bond", "6"));
        var first = await prover.TakeAsync("r1");
        var again = await prover.TakeAsync("r1");
        Assert.Equal(first.LeaseId, again.LeaseId);
        var record = (await market.RegistryOf("p1").GetProverAsync("p1"))!;
        Assert.Single(record.Leases);
        Assert.Equal(Credits(6), record.LockedBond);
        Assert.Single((await market.Run("r1").GetProgressAsync()).Events);
    }

    [Fact]
    public async Task A_prover_over_its_slots_is_refused_and_can_join_when_one_is_free()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", slots: 1);
        await market.StartRunAsync("r1");
        await market.StartRunAsync("r2");
        await prover.TakeAsync("r1");
        AssertRefused(ReasonCode.SlotsFull, "slots", await prover.JoinAsync("r2"));
        Assert.Equal(0, (await market.Run("r2").GetProgressAsync()).Leased);
        await prover.DeclineAsync("r1");
        await prover.TakeAsync("r2");
        Assert.Single((await market.RegistryOf("p1").GetProverAsync("p1"))!.Leases);
    }

    [Fact]
    public async Task A_bond_beyond_the_free_stake_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.StartRunAsync("r1", ("bond", "6"));
        await market.StartRunAsync("r2", ("bond", "6"));
        await prover.TakeAsync("r1");
        AssertRefused(ReasonCode.StakeInsufficient, "bond", await prover.JoinAsync("r2"));
    }

    [Fact]
    public async Task A_bond_above_the_provers_own_limit_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10, offer: Offer("p1") with { MaxBond = Credits(5) });
        await market.StartRunAsync("r1", ("bond", "6"));
        AssertRefused(ReasonCode.BondAboveLimit, "bond", await prover.JoinAsync("r1"));
    }

    [Fact]
    public async Task A_program_that_the_prover_does_not_offer_is_refused()
    {
        await using var market = await MarketAsync();
        var other = await market.AddProgramAsync(TestProofSystem.Program("other"));
        var prover = await market.ProverAsync("p1", offer: Offer("p1") with { Programs = [other] });
        await market.StartRunAsync("r1");
        AssertRefused(ReasonCode.ProgramNotServed, "programId", await prover.JoinAsync("r1"));
    }

    [Fact]
    public async Task A_full_race_takes_nobody_else_until_somebody_leaves()
    {
        await using var market = await MarketAsync();
        var first = await market.ProverAsync("p1");
        var second = await market.ProverAsync("p2");
        await market.StartRunAsync("r1", ("participants", "1"));
        await first.TakeAsync("r1");
        AssertRefused(ReasonCode.RunFull, "participants", await second.JoinAsync("r1"));
        await first.DeclineAsync("r1");
        await second.TakeAsync("r1");
    }

    [Fact]
    public async Task Who_is_not_registered_or_not_connected_is_refused()
    {
        await using var market = await MarketAsync();
        await market.StartRunAsync("r1");
        var stranger = new TestProver(market, Offer("stranger"));
        AssertRefused(ReasonCode.ProverUnknown, "proverId", await stranger.JoinAsync("r1"));
        var gone = await market.ProverAsync("gone");
        await gone.DisconnectAsync();
        AssertRefused(ReasonCode.SessionUnknown, "session", await gone.JoinAsync("r1"));
        Assert.Equal(0, (await market.Run("r1").GetProgressAsync()).Leased);
    }

    [Fact]
    public async Task Who_left_or_was_disqualified_cannot_join_again()
    {
        await using var market = await MarketAsync();
        var quitter = await market.ProverAsync("quitter");
        var cheat = await market.ProverAsync("cheat");
        await market.StartRunAsync("r1");
        await quitter.TakeAsync("r1");
        await quitter.DeclineAsync("r1");
        await cheat.DeliverCorruptedAsync("r1", await cheat.TakeAsync("r1"));
        AssertRefused(ReasonCode.ProverExcluded, "proverId", await quitter.JoinAsync("r1"));
        AssertRefused(ReasonCode.ProverExcluded, "proverId", await cheat.JoinAsync("r1"));
    }

    [Fact]
    public async Task Nobody_joins_from_the_hard_deadline_on()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        await market.AdvanceAsync(HardIn);
        AssertRefused(ReasonCode.LeaseDeadlinePassed, "hardDeadline", await prover.JoinAsync("r1"));
    }

    [Fact]
    public async Task A_race_that_was_concluded_is_closed()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        await market.Run("r1").ConcludeAsync(ReasonCode.CancelledByRequester);
        AssertRefused(ReasonCode.RunClosed, "run", await prover.JoinAsync("r1"));
    }

    /// <summary>Whoever knows a run's key can call it: an invitation is not what makes a prover eligible.</summary>
    [Theory]
    [InlineData("denied", ReasonCode.ProverExcluded)]
    [InlineData("not-allowed", ReasonCode.ProverExcluded)]
    [InlineData("excluded-by-run", ReasonCode.ProverExcluded)]
    [InlineData("hardware", ReasonCode.HardwareMissing)]
    [InlineData("stake", ReasonCode.StakeBelowMinimum)]
    public async Task Who_does_not_meet_the_constraints_cannot_join_uninvited(string constraint, ReasonCode code)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 5);
        var order = await market.OrderAsync("r1");
        await market.StartRunAsync(constraint switch
        {
            "denied" => order with { Constraints = new RequestConstraints { DeniedProvers = ["p1"] } },
            "not-allowed" => order with { Constraints = new RequestConstraints { AllowedProvers = ["p2"] } },
            "excluded-by-run" => order with { Excluded = ["p1"] },
            "hardware" => order with { Constraints = new RequestConstraints { Hardware = ["gpu"] } },
            _ => order with { Constraints = new RequestConstraints { MinStake = Credits(5.000001m) } },
        });

        var answer = await prover.JoinAsync("r1");

        Assert.Equal(code, answer.Refusal?.Code);
        Assert.Empty((await market.RegistryOf("p1").GetProverAsync("p1"))!.Leases);
    }

    /// <summary>The older process is gone, one of its calls is not.</summary>
    [Fact]
    public async Task A_late_call_of_an_older_session_does_not_take_the_lease_from_the_current_one()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");

        var delayed = await market.Run("r1").JoinAsync("p1", "an-older-session");

        AssertRefused(ReasonCode.SessionUnknown, "session", delayed);
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }

    /// <summary>After a restart the run does not know whether the registry granted a lease, and a worker may call before it has connected again.</summary>
    [Fact]
    public async Task A_lease_is_not_forgotten_when_its_prover_joins_too_early_after_a_restart()
    {
        await using var market = await MarketAsync();
        var (prover, _) = await RestartWithLeaseAsync(market);

        var refusal = (await prover.JoinAsync("r1")).Refusal;

        Assert.Equal(ReasonCode.SessionUnknown, refusal!.Code);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_proof_delivered_after_a_restart_counts_although_its_prover_has_not_connected_again()
    {
        await using var market = await MarketAsync();
        var (prover, assignment) = await RestartWithLeaseAsync(market);

        var answer = await prover.DeliverAsync("r1", assignment);

        Assert.NotNull(answer.Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    /// <summary>A refusal may have been written meanwhile, with what others did.</summary>
    [Fact]
    public async Task A_lease_that_was_granted_after_a_refusal_survives_the_silo()
    {
        await using var market = await MarketAsync();
        var (busy, other) = (await market.ProverAsync("p1", slots: 1), await market.ProverAsync("p2"));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf() });
        await market.OpenAsync(market.Spec("r2") with { Mechanism = RaceOf() });
        await busy.TakeAsync("r2");
        AssertRefused(ReasonCode.SlotsFull, "slots", await busy.JoinAsync("r1"));
        await other.TakeAsync("r1");
        await busy.DeclineAsync("r2");
        var assignment = await busy.TakeAsync("r1");
        await market.KillAsync();
        await market.RestartAsync();
        Assert.NotNull((await busy.DeliverAsync("r1", assignment)).Reward);
        await market.EndsAsync("r1");
    }

    [Fact]
    public async Task Nobody_acts_without_a_session()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.StartRunAsync("r1", ("bond", "6"));
        var run = market.Run("r1");
        AssertRefused(ReasonCode.SessionUnknown, "session", await run.JoinAsync("p1", ""));
        Assert.Empty((await market.RegistryOf("p1").GetProverAsync("p1"))!.Leases);
        var assignment = await prover.TakeAsync("r1");
        await run.DeclineAsync("p1", "", ReasonCode.PriceBelowAsk);
        Assert.Equal(ReasonCode.SessionUnknown, (await run.ConfirmAsync("p1", ""))?.Code);
        Assert.Equal(ReasonCode.SessionUnknown, (await run.SubmitAsync(new() { ProverId = "p1", Session = "", PublicInputs = Bytes.Empty, Proof = Bytes.Empty })).Refusal?.Code);
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }

    private static async Task<(TestProver Prover, Interfaces.Mechanisms.Assignment Assignment)> RestartWithLeaseAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "6")) });
        var assignment = await prover.TakeAsync("r1");
        await market.KillAsync();
        prover.Renews = false;
        await market.StartAgainAsync();
        return (prover, assignment);
    }

    [Fact]
    public async Task A_newer_session_takes_over_the_lease_it_joins_for()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        prover.Session = "s2";
        await prover.ConnectAsync();
        Assert.Equal(assignment.LeaseId, (await prover.TakeAsync("r1")).LeaseId);
        prover.Session = "s1";
        Assert.Equal(ReasonCode.LeaseMissing, (await prover.DeliverAsync("r1", assignment)).Refusal!.Code);
        prover.Session = "s2";
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }

    private static void AssertRefused(ReasonCode code, string field, Interfaces.Mechanisms.JoinAnswer answer)
    {
        Assert.Null(answer.Assignment);
        Assert.Equal((code, field), (answer.Refusal!.Code, answer.Refusal.Field));
    }
}
