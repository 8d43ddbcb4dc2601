using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>Each invariant finds what it is there for in a sequence of writes, and nothing in a sound one.</summary>
public sealed class InvariantTests
{
    private readonly Ledger _market = new();

    [Fact]
    public void A_sound_life_breaks_nothing()
    {
        _market.Prover("p", 20);
        _market.Prover("q", 20);
        var spec = _market.Request();
        _market.Tell(new SubmissionAcknowledged(spec));
        _market.StartRace(spec, places: 2);
        _market.Join("r/0", "p");
        _market.Join("r/0", "q");
        _market.Lease("p", "r/0", 4);
        _market.Lease("q", "r/0", 4);
        _market.Tell(new LeaseAcknowledged("r/0", "p"));
        _market.Write("r/0", _market.Race("r/0").With(RunRules.Disqualified(_market.Race("r/0").Run, "q", ReasonCode.ProofInvalid, "", _market.Now)));
        _market.Win("r/0", "p");
        _market.Tell(new RewardAcknowledged("r/0", "p", new Credits(10)));
        var settlement = _market.Decide("r");
        _market.EndLease("p", "r/0", slash: false);
        _market.EndLease("q", "r/0", slash: true);
        _market.Capture("alice", "r", 10);
        foreach (var credit in settlement.Credits) _market.Credit(credit.Account, credit.EntryId, credit.Amount.Micro);
        _market.Write("r", RequestLifecycle.Settled(_market.State("r"), _market.Now));
        _market.Now = _market.Hard + TimeSpan.FromHours(1);
        _market.Step();
        _market.Rest();
        Assert.Equal("", _market.Broken);
        Assert.Equal(4, settlement.Credits.Length);
    }

    [Fact]
    public void A_sound_life_of_which_only_the_end_is_written_breaks_nothing()
    {
        WonUnwritten();
        Assert.Equal(RequestPhase.Settling, _market.Standing("r").Phase);
        _market.EndLease("p", "r/0", slash: false);
        _market.Capture("alice", "r", 10);
        _market.Credit("p", "r/reward/p", 10);
        _market.Write("r", RequestLifecycle.Settled(_market.Standing("r"), _market.Now));
        _market.Now = _market.Hard + TimeSpan.FromHours(1);
        _market.Step();
        _market.Rest();
        Assert.Equal("", _market.Broken);
    }

    [Fact]
    public void Captured_otherwise_than_follows_from_the_run()
    {
        WonUnwritten();
        _market.Capture("alice", "r", 9);
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void Captured_before_the_run_is_won()
    {
        var spec = _market.Request(isStateWritten: false);
        Assert.Equal(RequestPhase.Open, _market.Standing("r").Phase);
        _market.StartRace(spec);
        _market.Capture("alice", "r", 10);
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void Money_from_nowhere()
    {
        _market.Deposit("alice", 100);
        _market.Write("alice", new AccountHead { State = _market.Account("alice") with { Available = new Credits(101) }, Page = 1 });
        Assert.Equal("money-constant", _market.Broken);
    }

    [Fact]
    public void A_movement_that_is_applied_again()
    {
        _market.Deposit("alice", 100, "d1");
        _market.Write("alice/9", new AccountPage { Number = 9, Entries = [_market.Entry("alice", "external/d1")] });
        Assert.Equal("money-constant", _market.Broken);
    }

    [Fact]
    public void Stake_that_was_never_debited()
    {
        _market.Prover("p", 20);
        var prover = _market.Prover("p");
        _market.Prover(prover with { Stake = new Credits(25), StakeEntries = prover.StakeEntries.Add("stake/p/t", new StakeEntry { Amount = new Credits(5), At = default }) });
        Assert.Equal("money-constant", _market.Broken);
    }

    [Fact]
    public void A_bond_that_disappears()
    {
        _market.Prover("p", 20);
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.EndLease("p", "r/0", slash: true);
        Assert.Equal("money-constant", _market.Broken);
    }

    [Fact]
    public void Captured_and_never_paid()
    {
        _market.Prover("p", 20);
        Won();
        _market.Capture("alice", "r", 10);
        _market.EndLease("p", "r/0", slash: false);
        _market.Write("r", RequestLifecycle.Settled(_market.State("r"), _market.Now));
        Assert.Equal("", _market.Broken);
        _market.Rest();
        Assert.Equal("money-constant one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void A_negative_balance()
    {
        var overdrawn = AccountState.Empty with { Available = new Credits(-5), Held = new Credits(5), Holds = AccountState.Empty.Holds.Add("r", new Credits(5)) };
        _market.Write("alice", new AccountHead { State = overdrawn, Page = 0 });
        Assert.Equal("money-never-negative", _market.Broken);
    }

    [Fact]
    public void More_leases_than_slots()
    {
        _market.Prover("p", 20);
        foreach (var request in (string[])["r", "t"])
        {
            _market.StartRace(_market.Request(request));
            _market.Join($"{request}/0", "p");
            _market.Lease("p", $"{request}/0", 4);
        }
        Assert.Equal("slots-and-bonds-within-limits", _market.Broken);
    }

    [Fact]
    public void Bonds_over_the_stake()
    {
        _market.Prover("p", 3);
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        Assert.Equal("slots-and-bonds-within-limits", _market.Broken);
    }

    [Fact]
    public void A_settlement_that_changes()
    {
        _market.Prover("p", 20);
        Won();
        _market.Write("r", _market.State("r") with { Settlement = _market.State("r").Settlement! with { Captured = new Credits(9) } });
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void A_race_that_is_decided_again()
    {
        _market.Prover("p", 20);
        Won();
        var race = _market.Race("r/0");
        _market.Report("r/0", race, race.Report! with { EndedAt = _market.Now + TimeSpan.FromSeconds(1) });
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void A_credit_that_no_settlement_has_decided()
    {
        _market.Prover("p", 20);
        Won();
        _market.Capture("alice", "r", 10);
        _market.Credit("p", "r/bonus/p", 10);
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void A_requester_that_has_more_after_a_request_that_was_not_proved()
    {
        Lost(_market, _market.Request());
        _market.Decide("r", otherwise: settlement => settlement with
        {
            Credits = [new SettlementCredit { EntryId = "r/compensation/p", Account = "alice", Amount = new Credits(4), Kind = CreditKind.Compensation }],
        });
        Assert.Contains("nobody-gains-by-what-is-not-proved", _market.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void Captured_for_a_request_that_was_not_proved()
    {
        Lost(_market, _market.Request());
        _market.Decide("r", otherwise: settlement => settlement with { Captured = new Credits(1) });
        Assert.Contains("nobody-gains-by-what-is-not-proved", _market.Broken, StringComparison.Ordinal);
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
        _market.Prover("p", 20);
        Won();
        _market.Write("r", RequestLifecycle.Settled(_market.State("r"), _market.Now));
        _market.Write("r", _market.State("r") with { Phase = RequestPhase.Open });
        Assert.Equal("one-settlement-per-request", _market.Broken);
    }

    [Fact]
    public void More_racing_than_places()
    {
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Join("r/0", "q");
        Assert.Equal("no-double-assignment", _market.Broken);
    }

    [Fact]
    public void A_lease_of_which_the_run_knows_nothing()
    {
        _market.Prover("p", 20);
        _market.StartRace(_market.Request());
        _market.Lease("p", "r/0", 4);
        Assert.Equal("no-double-assignment", _market.Broken);
    }

    [Fact]
    public void A_lease_that_comes_back()
    {
        _market.Prover("p", 20);
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.EndLease("p", "r/0", slash: false);
        _market.Lease("p", "r/0", 4);
        Assert.Equal("no-double-assignment", _market.Broken);
    }

    [Fact]
    public void Acknowledged_and_not_durable()
    {
        var spec = _market.Request("known");
        _market.Tell(new SubmissionAcknowledged(spec with { RequestId = "r" }));
        _market.Tell(new DepositAcknowledged("alice", "d", new Credits(5)));
        _market.Tell(new StakeAcknowledged("p", "s", new Credits(5)));
        _market.Tell(new LeaseAcknowledged("known/0", "p"));
        _market.Tell(new RewardAcknowledged("known/0", "p", new Credits(5)));
        _market.Tell(new CancellationAcknowledged("known"));
        _market.Tell(new StatusSeen(Status("known", RequestPhase.Settling)));
        Assert.Equal("nothing-acknowledged-is-lost", _market.Broken);
        Assert.Equal(7, _market.Reports.Count);
    }

    [Fact]
    public void Accepted_without_its_price_held()
    {
        var spec = _market.Request();
        _market.Capture("alice", "r", 0);
        _market.Reports.Clear();
        _market.Tell(new SubmissionAcknowledged(spec));
        Assert.Equal("nothing-acknowledged-is-lost", _market.Broken);
    }

    [Fact]
    public void Another_answer_to_the_same_question()
    {
        var spec = _market.Request();
        _market.Tell(new SubmissionAcknowledged(spec));
        _market.Tell(new SubmissionRefused(spec, Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline")));
        _market.Tell(new SubmissionAcknowledged(spec with { MaxPrice = new Credits(11) }));
        Assert.Equal("retry-same-result", _market.Broken);
        Assert.Equal(2, _market.Reports.Count);
    }

    [Fact]
    public void A_conflict_is_the_right_answer_to_another_body()
    {
        var spec = _market.Request();
        _market.Tell(new SubmissionAcknowledged(spec));
        _market.Tell(new SubmissionRefused(spec with { MaxPrice = new Credits(11) }, Refusal.Of(ReasonCode.RequestIdConflict, "requestId")));
        Assert.Equal("", _market.Broken);
    }

    /// <summary>Who asks again after the retention is told that there was such a request; before that it is another answer.</summary>
    [Fact]
    public void A_request_that_was_deleted_after_the_retention_is_not_accepted_again()
    {
        var spec = _market.Request();
        _market.Tell(new SubmissionAcknowledged(spec));
        var ended = RequestLifecycle.Rejected(_market.State("r").Digest, _market.Now, Refusal.Of(ReasonCode.BalanceInsufficient, "maxPrice"), _market.Now);
        _market.Write("r", ended);
        _market.Reports.Clear();
        Told();
        Assert.Equal("retry-same-result", _market.Broken);

        _market.Reports.Clear();
        _market.Now += TimeSpan.FromDays(1_000);
        Told();
        _market.Write("r", RetentionRules.Forgotten(ended, _market.Now));
        // The clock is set back.
        _market.Now -= TimeSpan.FromDays(1_000);
        Told();
        Assert.Equal("", _market.Broken);
        _market.Tell(new SubmissionRefused(spec, Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline")));
        Assert.Equal("retry-same-result", _market.Broken);

        void Told() => _market.Tell(new SubmissionRefused(spec, RetentionRules.RefusalOf("r", ended)));
    }

    [Fact]
    public void Ended_before_the_deadline()
    {
        _market.StartRace(_market.Request());
        var report = RunRules.Concluded(_market.Race("r/0").Run, ReasonCode.None, _market.Hard).Report!;
        _market.Now = _market.Hard - TimeSpan.FromTicks(1);
        _market.Report("r/0", _market.Race("r/0"), report with { EndedAt = _market.Now });
        Assert.Equal("deadline-never-early-nor-late", _market.Broken);
        // Nor does its transcript say that it has ended, which the request's settlement brings to light.
        _market.Decide("r");
        Assert.Equal("deadline-never-early-nor-late transcripts-can-be-audited", _market.Broken);
    }

    [Fact]
    public void A_transcript_from_which_something_was_taken()
    {
        _market.StartRace(_market.Request());
        _market.Join("r/0", "prover");
        var race = _market.Race("r/0");
        _market.Write("r/0", race.With(race.Run with { Transcript = race.Run.Transcript.RemoveAt(race.Run.Transcript.Length - 1) }));
        Assert.Equal("transcripts-can-be-audited", _market.Broken);
    }

    [Fact]
    public void Open_after_the_deadline()
    {
        _market.StartRace(_market.Request());
        _market.Now = _market.Hard + DeadlinesAreKept.Tolerance;
        _market.Step();
        Assert.Equal("", _market.Broken);
        _market.Now += TimeSpan.FromTicks(1);
        _market.Step();
        Assert.Equal("deadline-never-early-nor-late", _market.Broken);
    }

    [Fact]
    public void Open_after_the_deadline_because_of_a_fault()
    {
        _market.StartRace(_market.Request());
        _market.Now = _market.Hard + TimeSpan.FromSeconds(30);
        _market.Step(disturbedAt: _market.Hard - TimeSpan.FromMinutes(1));
        Assert.Equal("", _market.Broken);
    }

    [Fact]
    public void Won_with_a_proof_that_is_not_valid()
    {
        _market.Prover("p", 20);
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.Win("r/0", "p", Bytes.Utf8("garbage"));
        Assert.Equal("only-valid-proofs-are-paid", _market.Broken);
    }

    [Fact]
    public void Paid_without_having_won()
    {
        _market.Prover("p", 20);
        _market.Prover("q", 20);
        _market.StartRace(_market.Request(), places: 2);
        _market.Join("r/0", "p");
        _market.Join("r/0", "q");
        var won = _market.Won("r/0", "p", _market.ValidProof);
        _market.Report("r/0", won, won.Report! with { Payments = [won.Report!.Payments[0] with { ProverId = "q", Account = "q" }] });
        Assert.Equal("only-valid-proofs-are-paid transcripts-can-be-audited", _market.Broken);
    }

    [Fact]
    public void A_request_is_won_without_a_proof()
    {
        _market.StartRace(_market.Request());
        _market.Write("r", _market.State("r") with { Phase = RequestPhase.Settling, Outcome = ReasonCode.Won });
        Assert.Contains("only-valid-proofs-are-paid", _market.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_never_ends_and_what_it_holds()
    {
        _market.Prover("p", 20);
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.Write("3/1", new RequestWatchPage { Number = 1, Entries = [WatchEntry.Opened("r")] });
        _market.Rest();
        Assert.Equal("every-request-ends nothing-held-at-rest", _market.Broken);
        Assert.Equal(4, _market.Reports.Count);
    }

    [Fact]
    public void Records_of_an_open_request_are_deleted()
    {
        _market.StartRace(_market.Request());
        _market.Now += TimeSpan.FromDays(1_000);
        _market.Delete("r/0", _market.Race("r/0"));
        Assert.Equal("kept-for-the-retention", _market.Broken);
    }

    [Fact]
    public void An_exception_that_is_no_outage()
    {
        _market.Tell(new ClientBroke("r-1", "submitting", new InvalidOperationException("broken")));
        Assert.Equal("clients-see-outages-only", _market.Broken);
    }

    [Fact]
    public void A_proof_that_changes_for_its_requester()
    {
        _market.Prover("p", 20);
        Won();
        var status = Status("r", RequestPhase.Fulfilled);
        _market.Write("r", _market.State("r") with { Phase = RequestPhase.Fulfilled, Outcome = ReasonCode.Won });
        _market.Tell(new OutcomeSeen(new ProofOutcome { RequestId = "r", Status = status, Proof = _market.ValidProof }));
        Assert.Equal("", _market.Broken);
        _market.Tell(new OutcomeSeen(new ProofOutcome { RequestId = "r", Status = status, Proof = Bytes.Utf8("other") }));
        Assert.Equal("nothing-acknowledged-is-lost retry-same-result only-valid-proofs-are-paid", _market.Broken);
    }

    /// <summary>A race that nobody has won, and that p has lost its bond in.</summary>
    private static void Lost(Ledger market, ProofRequestSpec spec, Func<LeaseEnding, LeaseEnding>? otherwise = null)
    {
        market.Prover("p", 20);
        market.StartRace(spec);
        market.Join("r/0", "p");
        market.Lease("p", "r/0", 4);
        var race = market.Race("r/0");
        var missed = new LeaseEnding
        {
            ProverId = "p", Account = "p", Outcome = LeaseOutcome.Miss, Reason = ReasonCode.NobodyDelivered, Bond = new Credits(4), Deadline = market.Hard,
        };
        market.Now = market.Hard;
        var ended = RunRules.Concluded(race.Run, ReasonCode.None, market.Now);
        market.Write("r/0", race.With(ended with { Report = ended.Report! with { Leases = [otherwise?.Invoke(missed) ?? missed] } }));
        Assert.Equal("", market.Broken);
    }

    /// <summary>A race that was won, of whose request only the body and the hold are written.</summary>
    private void WonUnwritten()
    {
        _market.Prover("p", 20);
        var spec = _market.Request(isStateWritten: false);
        _market.Tell(new SubmissionAcknowledged(spec));
        _market.StartRace(spec);
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.Win("r/0", "p");
    }

    /// <summary>A race that p has won, decided and not settled yet.</summary>
    private void Won()
    {
        _market.StartRace(_market.Request());
        _market.Join("r/0", "p");
        _market.Lease("p", "r/0", 4);
        _market.Win("r/0", "p");
        _market.Decide("r");
        Assert.Equal("", _market.Broken);
    }

    private static RequestStatus Status(string id, RequestPhase phase) => new() { RequestId = id, Phase = phase, Version = 1, Timeline = [] };
}
