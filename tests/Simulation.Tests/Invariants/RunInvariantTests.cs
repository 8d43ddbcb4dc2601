using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>Leases, deadlines, proofs and transcripts of runs.</summary>
public sealed class RunInvariantTests : InvariantTest
{
    [Fact]
    public void More_racing_than_places()
    {
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Join("r/0", "q");
        Assert.Equal("no-double-assignment", Market.Broken);
    }

    [Fact]
    public void A_lease_of_which_the_run_knows_nothing()
    {
        Market.Prover("p", 20);
        Market.StartRace(Market.Request());
        Market.Lease("p", "r/0", 4);
        Assert.Equal("no-double-assignment", Market.Broken);
    }

    [Fact]
    public void A_lease_that_comes_back()
    {
        Market.Prover("p", 20);
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.EndLease("p", "r/0", slash: false);
        Market.Lease("p", "r/0", 4);
        Assert.Equal("no-double-assignment", Market.Broken);
    }

    [Fact]
    public void Ended_before_the_deadline()
    {
        Market.StartRace(Market.Request());
        var report = RunRules.Concluded(Market.Race("r/0").Run, ReasonCode.None, Market.Hard).Report!;
        Market.Now = Market.Hard - TimeSpan.FromTicks(1);
        Market.Report("r/0", Market.Race("r/0"), report with { EndedAt = Market.Now });
        Assert.Equal("deadline-never-early-nor-late", Market.Broken);
        // Nor does its transcript say that it has ended, which the request's settlement brings to light.
        Market.Decide("r");
        Assert.Equal("deadline-never-early-nor-late transcripts-can-be-audited", Market.Broken);
    }

    [Fact]
    public void A_transcript_from_which_something_was_taken()
    {
        Market.StartRace(Market.Request());
        Market.Join("r/0", "prover");
        var race = Market.Race("r/0");
        Market.Write("r/0", race.With(race.Run with { Transcript = race.Run.Transcript.RemoveAt(race.Run.Transcript.Length - 1) }));
        Assert.Equal("transcripts-can-be-audited", Market.Broken);
    }

    [Fact]
    public void Open_after_the_deadline()
    {
        Market.StartRace(Market.Request());
        Market.Now = Market.Hard + DeadlinesAreKept.Tolerance;
        Market.Step();
        Assert.Equal("", Market.Broken);
        Market.Now += TimeSpan.FromTicks(1);
        Market.Step();
        Assert.Equal("deadline-never-early-nor-late", Market.Broken);
    }

    [Fact]
    public void Open_after_the_deadline_because_of_a_fault()
    {
        Market.StartRace(Market.Request());
        Market.Now = Market.Hard + TimeSpan.FromSeconds(30);
        Market.Step(disturbedAt: Market.Hard - TimeSpan.FromMinutes(1));
        Assert.Equal("", Market.Broken);
    }

    [Fact]
    public void Won_with_a_proof_that_is_not_valid()
    {
        Market.Prover("p", 20);
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.Win("r/0", "p", Bytes.Utf8("garbage"));
        Assert.Equal("only-valid-proofs-are-paid", Market.Broken);
    }

    [Fact]
    public void Paid_without_having_won()
    {
        Market.Prover("p", 20);
        Market.Prover("q", 20);
        Market.StartRace(Market.Request(), places: 2);
        Market.Join("r/0", "p");
        Market.Join("r/0", "q");
        var won = Market.Won("r/0", "p", Market.ValidProof);
        Market.Report("r/0", won, won.Report! with { Payments = [won.Report!.Payments[0] with { ProverId = "q", Account = "q" }] });
        Assert.Equal("only-valid-proofs-are-paid transcripts-can-be-audited", Market.Broken);
    }

    [Fact]
    public void A_request_is_won_without_a_proof()
    {
        Market.StartRace(Market.Request());
        Market.Write("r", Market.State("r") with { Phase = RequestPhase.Settling, Outcome = ReasonCode.Won });
        Assert.Contains("only-valid-proofs-are-paid", Market.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public void A_race_that_is_decided_again()
    {
        Market.Prover("p", 20);
        Won();
        var race = Market.Race("r/0");
        Market.Report("r/0", race, race.Report! with { EndedAt = Market.Now + TimeSpan.FromSeconds(1) });
        Assert.Equal("one-settlement-per-request", Market.Broken);
    }
}
