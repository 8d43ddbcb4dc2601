using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>Credits that come from nowhere, are lost or paid to others, and limits that are broken.</summary>
public sealed class MoneyInvariantTests : InvariantTest
{
    [Fact]
    public void Captured_otherwise_than_follows_from_the_run()
    {
        WonUnwritten();
        Market.Capture("alice", "r", 9);
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }

    [Fact]
    public void Captured_before_the_run_is_won()
    {
        var spec = Market.Request(isStateWritten: false);
        Assert.Equal(RequestPhase.Open, Market.Standing("r").Phase);
        Market.StartRace(spec);
        Market.Capture("alice", "r", 10);
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }

    [Fact]
    public void Money_from_nowhere()
    {
        Market.Deposit("alice", 100);
        Market.Write("alice", new AccountHead { State = Market.Account("alice") with { Available = new Credits(101) }, Page = 1 });
        Assert.Equal("money-constant", Market.Broken);
    }

    [Fact]
    public void A_movement_that_is_applied_again()
    {
        Market.Deposit("alice", 100, "d1");
        Market.Write("alice/9", new AccountPage { Number = 9, Entries = [Market.Entry("alice", "external/d1")] });
        Assert.Equal("money-constant", Market.Broken);
    }

    [Fact]
    public void Stake_that_was_never_debited()
    {
        Market.Prover("p", 20);
        var prover = Market.Prover("p");
        Market.Prover(prover with { Stake = new Credits(25), StakeEntries = prover.StakeEntries.Add("stake/p/t", new StakeEntry { Amount = new Credits(5), At = default }) });
        Assert.Equal("money-constant", Market.Broken);
    }

    [Fact]
    public void A_bond_that_disappears()
    {
        Market.Prover("p", 20);
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.EndLease("p", "r/0", slash: true);
        Assert.Equal("money-constant", Market.Broken);
    }

    [Fact]
    public void Captured_and_never_paid()
    {
        Market.Prover("p", 20);
        Won();
        Market.Capture("alice", "r", 10);
        Market.EndLease("p", "r/0", slash: false);
        Market.Write("r", RequestLifecycle.Settled(Market.State("r"), Market.Now));
        Assert.Equal("", Market.Broken);
        Market.Rest();
        Assert.Equal("money-constant one-settlement-per-request", Market.Broken);
    }

    [Fact]
    public void A_negative_balance()
    {
        var overdrawn = AccountState.Empty with { Available = new Credits(-5), Held = new Credits(5), Holds = AccountState.Empty.Holds.Add("r", new Credits(5)) };
        Market.Write("alice", new AccountHead { State = overdrawn, Page = 0 });
        Assert.Equal("money-never-negative", Market.Broken);
    }

    [Fact]
    public void More_leases_than_slots()
    {
        Market.Prover("p", 20);
        foreach (var request in (string[])["r", "t"])
        {
            Market.StartRace(Market.Request(request));
            Market.Join($"{request}/0", "p");
            Market.Lease("p", $"{request}/0", 4);
        }
        Assert.Equal("slots-and-bonds-within-limits", Market.Broken);
    }

    [Fact]
    public void Bonds_over_the_stake()
    {
        Market.Prover("p", 3);
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Assert.Equal("slots-and-bonds-within-limits", Market.Broken);
    }

    [Fact]
    public void A_settlement_that_changes()
    {
        Market.Prover("p", 20);
        Won();
        Market.Write("r", Market.State("r") with { Settlement = Market.State("r").Settlement! with { Captured = new Credits(9) } });
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }

    [Fact]
    public void A_credit_that_no_settlement_has_decided()
    {
        Market.Prover("p", 20);
        Won();
        Market.Capture("alice", "r", 10);
        Market.Credit("p", "r/bonus/p", 10);
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }

    [Fact]
    public void A_requester_that_has_more_after_a_request_that_was_not_proved()
    {
        Lost(Market, Market.Request());
        Market.Decide("r", otherwise: settlement => settlement with
        {
            Credits = [new SettlementCredit { EntryId = "r/compensation/p", Account = "alice", Amount = new Credits(4), Kind = CreditKind.Compensation }],
        });
        Assert.Contains("nobody-gains-by-what-is-not-proved", Market.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void Captured_for_a_request_that_was_not_proved()
    {
        Lost(Market, Market.Request());
        Market.Decide("r", otherwise: settlement => settlement with { Captured = new Credits(1) });
        Assert.Contains("nobody-gains-by-what-is-not-proved", Market.Broken, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)] // where things fail it may not get to say so
    [InlineData(false, true, false)]
    public void An_honest_prover_that_is_slashed_for_what_nobody_can_prove(bool isHonest, bool isCalm, bool isBroken)
    {
        var market = new Ledger(new Conduct { Honest = isHonest ? ["p"] : [], IsCalm = isCalm });
        Lost(market, market.Request(input: HostileScript.UnprovableInput));
        market.Decide("r");
        market.Rest();
        Assert.Equal(isBroken, market.Reports.Any(report => report.Invariant == "honest-provers-keep-their-bonds"));
        Assert.DoesNotContain(market.Reports, report => report.Invariant == "nobody-gains-by-what-is-not-proved");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void What_it_cost_to_say_that_a_request_cannot_be_proved_is_returned(long returned)
    {
        var market = new Ledger(new Conduct { Honest = ["p"] });
        Lost(market, market.Request(input: HostileScript.UnprovableInput), lease => lease with { Reason = ReasonCode.InputRejected });
        market.Decide("r");
        market.Credit("p", "r/returned/p", returned);
        market.Reports.Clear();
        market.Rest();
        Assert.Equal(returned < 4, market.Reports.Any(report => report.Invariant == "honest-provers-keep-their-bonds"));
    }

    [Fact]
    public void A_request_that_comes_back()
    {
        Market.Prover("p", 20);
        Won();
        Market.Write("r", RequestLifecycle.Settled(Market.State("r"), Market.Now));
        Market.Write("r", Market.State("r") with { Phase = RequestPhase.Open });
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }
}
