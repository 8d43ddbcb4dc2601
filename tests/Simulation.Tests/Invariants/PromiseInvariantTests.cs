using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>What requesters and provers were told, and what is kept.</summary>
public sealed class PromiseInvariantTests : InvariantTest
{
    [Fact]
    public void Acknowledged_and_not_durable()
    {
        var spec = Market.Request("known");
        Market.Tell(new SubmissionAcknowledged(spec with { RequestId = "r" }));
        Market.Tell(new DepositAcknowledged("alice", "d", new Credits(5)));
        Market.Tell(new StakeAcknowledged("p", "s", new Credits(5)));
        Market.Tell(new LeaseAcknowledged("known/0", "p"));
        Market.Tell(new RewardAcknowledged("known/0", "p", new Credits(5)));
        Market.Tell(new CancellationAcknowledged("known"));
        Market.Tell(new StatusSeen(Status("known", RequestPhase.Settling)));
        Assert.Equal("nothing-acknowledged-is-lost", Market.Broken);
        Assert.Equal(7, Market.Reports.Count);
    }

    [Fact]
    public void Accepted_without_its_price_held()
    {
        var spec = Market.Request();
        Market.Capture("alice", "r", 0);
        Market.Reports.Clear();
        Market.Tell(new SubmissionAcknowledged(spec));
        Assert.Equal("nothing-acknowledged-is-lost", Market.Broken);
    }

    [Fact]
    public void Another_answer_to_the_same_question()
    {
        var spec = Market.Request();
        Market.Tell(new SubmissionAcknowledged(spec));
        Market.Tell(new SubmissionRefused(spec, Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline")));
        Market.Tell(new SubmissionAcknowledged(spec with { MaxPrice = new Credits(11) }));
        Assert.Equal("retry-same-result", Market.Broken);
        Assert.Equal(2, Market.Reports.Count);
    }

    [Fact]
    public void A_conflict_is_the_right_answer_to_another_body()
    {
        var spec = Market.Request();
        Market.Tell(new SubmissionAcknowledged(spec));
        Market.Tell(new SubmissionRefused(spec with { MaxPrice = new Credits(11) }, Refusal.Of(ReasonCode.RequestIdConflict, "requestId")));
        Assert.Equal("", Market.Broken);
    }

    /// <summary>Who asks again after the retention is told that there was such a request; before that it is another answer.</summary>
    [Fact]
    public void A_request_that_was_deleted_after_the_retention_is_not_accepted_again()
    {
        var spec = Market.Request();
        Market.Tell(new SubmissionAcknowledged(spec));
        var ended = RequestLifecycle.Rejected(Market.State("r").Digest, Market.Now, Refusal.Of(ReasonCode.BalanceInsufficient, "maxPrice"), Market.Now);
        Market.Write("r", ended);
        Market.Reports.Clear();
        Told();
        Assert.Equal("retry-same-result", Market.Broken);

        Market.Reports.Clear();
        Market.Now += TimeSpan.FromDays(1_000);
        Told();
        Market.Write("r", RetentionRules.Forgotten(ended, Market.Now));
        // The clock is set back.
        Market.Now -= TimeSpan.FromDays(1_000);
        Told();
        Assert.Equal("", Market.Broken);
        Market.Tell(new SubmissionRefused(spec, Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline")));
        Assert.Equal("retry-same-result", Market.Broken);

        void Told() => Market.Tell(new SubmissionRefused(spec, RetentionRules.RefusalOf("r", ended)));
    }

    [Fact]
    public void A_request_that_never_ends_and_what_it_holds()
    {
        Market.Prover("p", 20);
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.Write("3/1", new RequestWatchPage { Number = 1, Entries = [WatchEntry.Opened("r")] });
        Market.Rest();
        Assert.Equal("every-request-ends nothing-held-at-rest", Market.Broken);
        Assert.Equal(4, Market.Reports.Count);
    }

    [Fact]
    public void Records_of_an_open_request_are_deleted()
    {
        Market.StartRace(Market.Request());
        Market.Now += TimeSpan.FromDays(1_000);
        Market.Delete("r/0", Market.Race("r/0"));
        Assert.Equal("kept-for-the-retention", Market.Broken);
    }

    [Fact]
    public void An_exception_that_is_no_outage()
    {
        Market.Tell(new ClientBroke("r-1", "submitting", new InvalidOperationException("broken")));
        Assert.Equal("clients-see-outages-only", Market.Broken);
    }

    [Fact]
    public void A_proof_that_changes_for_its_requester()
    {
        Market.Prover("p", 20);
        Won();
        var status = Status("r", RequestPhase.Fulfilled);
        Market.Write("r", Market.State("r") with { Phase = RequestPhase.Fulfilled, Outcome = ReasonCode.Won });
        Market.Tell(new OutcomeSeen(new ProofOutcome { RequestId = "r", Status = status, Proof = Market.ValidProof }));
        Assert.Equal("", Market.Broken);
        Market.Tell(new OutcomeSeen(new ProofOutcome { RequestId = "r", Status = status, Proof = Bytes.Utf8("other") }));
        Assert.Equal("nothing-acknowledged-is-lost retry-same-result only-valid-proofs-are-paid", Market.Broken);
    }
}
