using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>What a worker does when a run goes on on other terms than those it was invited on. Its ask is one credit for the one unit of work.</summary>
public sealed class WorkerTermsTests : WorkerTestBase
{
    [Fact]
    public async Task A_lease_that_pays_less_than_the_ask_is_given_back_before_any_work()
    {
        var run = await RunAsync();
        run.Joins.Then(LockHeld());
        run.Assignment = run.Assignment with { Reward = new Credits(1) };
        await Harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        Assert.Equal(("p1", "session-1", ReasonCode.PriceBelowAsk), await run.Declines.NextAsync());
        Assert.Equal(ReasonCode.PriceBelowAsk, (await Events.NextAsync(ProverEventKind.GivenBack)).Reason);
        await Harness.InviteAsync(run);
        Assert.Equal("input of r2/0", (await Harness.BeginProofAsync(Harness.Run("r2/0"))).Input);
        Assert.Equal(2, run.Joins.Calls.Length);
    }

    [Fact]
    public async Task A_lease_that_has_to_be_confirmed_is_not_when_it_pays_too_little()
    {
        var run = await RunAsync();
        run.Assignment = run.Assignment with { Reward = new Credits(999_999), ConfirmBy = Clock.Now.AddSeconds(10) };
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.GivenBack);
        Assert.Empty(run.Confirmations.Calls);
    }

    /// <summary>The lock of a Dutch auction ends before the request does: before it is confirmed it costs nothing to leave it to somebody faster.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(2, false)]
    public async Task A_lock_that_ends_before_the_proof_is_expected_is_not_confirmed(int seconds, bool taken)
    {
        Harness.Configure = options => options.MilliUnitsPerSecond = 333;
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { Deadline = Clock.Now.AddSeconds(seconds), ConfirmBy = Clock.Now.AddSeconds(10) };
        await Harness.InviteAsync(run);
        if (taken) await Harness.Backend.NextAsync();
        else Assert.Equal(ReasonCode.DeadlineTooSoon, (await run.Declines.NextAsync()).Reason);
        Assert.Equal(taken ? 1 : 0, run.Confirmations.Calls.Length);
    }

    [Fact]
    public async Task A_lease_that_pays_less_than_the_invitation_said_but_covers_the_ask_is_worked_on()
    {
        var run = await RunAsync();
        Assert.Equal("input of r1/0", (await Harness.BeginProofAsync(run)).Input);
    }

    [Theory]
    [InlineData(2_000_000, true)]
    [InlineData(1_980_000, true)]
    [InlineData(1_979_999, false)]
    public async Task At_a_price_that_rises_a_clock_that_is_a_little_ahead_costs_no_lock(long paid, bool taken)
    {
        Harness.Configure = options => options.AskPerUnit = Credits.Whole(2);
        await Harness.StartAsync();
        var (run, now) = (Harness.Run("r1/0"), Clock.Now);
        run.Invitation = run.Invitation with
        {
            Reward = Credits.Whole(4),
            Ramp = new PriceRamp { StartPrice = Credits.Zero, EndPrice = Credits.Whole(4), OfferedFrom = now.AddSeconds(-10), RisesFrom = now.AddSeconds(-10), Length = TimeSpan.FromSeconds(20) },
        };
        run.Assignment = run.Assignment with { Reward = new Credits(paid), ConfirmBy = now.AddSeconds(10) };
        await Harness.InviteAsync(run);
        if (taken) await Harness.Backend.NextAsync();
        else Assert.Equal(ReasonCode.PriceBelowAsk, (await run.Declines.NextAsync()).Reason);
        Assert.Equal(taken ? 1 : 0, run.Confirmations.Calls.Length);
    }

    [Fact]
    public async Task What_was_declined_for_its_bond_is_taken_when_it_comes_without_one()
    {
        var run = await RunAsync(maxBond: 1);
        run.Invitation = run.Invitation with { Bond = Credits.Whole(2) };
        await Harness.InviteAsync(run);
        Assert.Equal(ReasonCode.BondAboveLimit, (await run.Declines.NextAsync()).Reason);
        run.Invitation = run.Invitation with { Bond = Credits.Zero };
        await Harness.InviteAsync(run);
        Assert.Equal("input of r1/0", (await Harness.Backend.NextAsync()).Input);
        Assert.Single(run.Declines.Calls);
    }

    [Fact]
    public async Task What_waits_is_declined_when_it_comes_again_for_less_than_the_ask()
    {
        var run = await RunAsync();
        await Harness.BeginProofAsync(Harness.Run("r0/0"));
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.Queued);
        run.Invitation = run.Invitation with { Reward = new Credits(1) };
        await Harness.InviteAsync(run);
        Assert.Equal(ReasonCode.PriceBelowAsk, (await run.Declines.NextAsync()).Reason);
        Assert.Empty(run.Joins.Calls);
    }

    [Fact]
    public async Task What_was_put_off_is_tried_at_once_when_it_comes_again_on_other_terms()
    {
        var run = await RunAsync();
        run.Joins.Then(LockHeld());
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        run.Invitation = run.Invitation with { Reward = Credits.Whole(1), Bond = Credits.Zero };
        await Harness.InviteAsync(run);
        Assert.Equal("input of r1/0", (await Harness.Backend.NextAsync()).Input);
    }

    /// <summary>A run that offers two credits and a bond of one, and assigns for one credit.</summary>
    private async Task<FakeRun> RunAsync(int maxBond = 10)
    {
        Harness.Configure = options => (options.AskPerUnit, options.MaxBond) = (Credits.Whole(1), Credits.Whole(maxBond));
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Invitation = run.Invitation with { Reward = Credits.Whole(2), Bond = Credits.Whole(1) };
        return run;
    }

    private static JoinAnswer LockHeld() => new() { Refusal = Refusal.Of(ReasonCode.LockHeld, "lock") };
}
