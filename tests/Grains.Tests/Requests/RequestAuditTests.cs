using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Tests.Mechanisms.Contract;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

/// <summary>A request of two stages, the first missed by one prover and the second won by another, is audited from what the market tells of it.</summary>
public sealed class RequestAuditTests : IAsyncLifetime
{
    private MarketCluster _market = null!;
    private RequestEvidence _evidence = null!;

    public async Task InitializeAsync()
    {
        _market = await MarketAsync();
        var silent = await _market.ProverAsync("silent", stake: 20);
        await _market.OpenAsync(_market.Spec("r1") with
        {
            Mechanism = RaceOf(("bond", "10")), Fallbacks = [new RequestFallback { Mechanism = RaceOf(("bond", "4")) }],
        });
        await silent.TakeAsync("r1");
        var rescuer = await _market.ProverAsync("rescuer", stake: 20);
        await _market.AdvanceAsync((HardIn / 2) + TimeSpan.FromSeconds(1));
        var assignment = (await rescuer.JoinAsync("r1", stage: 1)).Assignment!;
        await rescuer.SubmitAsync("r1", assignment.PublicInputs, TestProofSystem.ProofFor(assignment), stage: 1);
        await _market.EndsAsync("r1");
        _evidence = await _market.EvidenceAsync("r1");
    }

    public async Task DisposeAsync() => await _market.DisposeAsync();

    [Fact]
    public void Everything_follows()
    {
        var report = Audit(_evidence);
        Assert.Empty(report.Findings);
        Assert.Equal([(0, AuditDepth.Outcome), (1, AuditDepth.Outcome)], report.Stages.Select(stage => (stage.Stage, stage.Depth)));
        Assert.Equal(4, _evidence.Settlement!.Credits.Length);
    }

    [Fact]
    public async Task The_request_notes_the_end_of_each_transcript_and_tells_it_after_a_crash_too()
    {
        await _market.KillAsync();
        await _market.RestartAsync();
        var again = await _market.EvidenceAsync("r1");
        Assert.All(again.Stages, stage => Assert.Equal(stage.Transcript[^1].Hash, stage.TranscriptHash));
        Assert.Empty(Audit(again).Findings);
        Assert.Null(await _market.Request("another").GetRecordAsync());
    }

    [Fact]
    public void A_tampered_entry_is_found_where_it_is()
    {
        for (var stage = 0; stage < 2; stage++)
        {
            var transcript = _evidence.Stages[stage].Transcript;
            for (var i = 0; i < transcript.Length; i++)
            {
                var finding = Assert.Single(Audit(With(stage, transcript.SetItem(i, transcript[i] with { Value = transcript[i].Value + "1" }))).Findings);
                Assert.Equal((stage, i, transcript[i].Kind), (finding.Stage, finding.Entry, finding.Kind));
            }
        }
    }

    [Fact]
    public void A_removed_tail_is_found_where_it_is_missing()
    {
        var transcript = _evidence.Stages[1].Transcript;
        for (var kept = 1; kept < transcript.Length; kept++)
        {
            var finding = Assert.Single(Audit(With(1, transcript[..kept])).Findings);
            Assert.Equal((1, kept, null), (finding.Stage, finding.Entry, finding.Kind));
            Assert.Contains("has not ended", finding.Finding, StringComparison.Ordinal);
        }
        Assert.Equal((1, 0), Place(Assert.Single(Audit(With(1, [])).Findings)));
    }

    [Fact]
    public void A_transcript_that_was_replaced_as_a_whole_is_found_by_what_the_request_noted()
    {
        // A run that never saw the prover that missed: sound by itself.
        var order = _evidence.Stages[0].Order!;
        var closed = RunRules.Concluded(RunRules.Opened(order, Credits(10), order.HardDeadline), ReasonCode.None, order.HardDeadline);
        var finding = Assert.Single(Audit(With(0, closed.Transcript)).Findings);
        Assert.Equal((0, closed.Transcript.Length - 1, TranscriptKind.Closed), (finding.Stage, finding.Entry, finding.Kind));
        Assert.Contains("the request noted", finding.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_order_is_found()
    {
        var order = _evidence.Stages[1].Order!;
        AssertOrder(order with { SoftDeadline = order.HardDeadline.AddTicks(-1) }, "another order");
        AssertOrder(order with { MaxPrice = Credits(11) }, "up to 11 credits, expected 10");
        AssertOrder(order with { Account = "bob" }, "paid by bob, expected alice");
        AssertOrder(order with { Mechanism = RaceOf(("bond", "5")) }, "race bond=5, expected race bond=4");
        AssertOrder(_evidence.Stages[0].Order!, "stage 0, expected r1, stage 1");

        void AssertOrder(RunOrder other, string expected)
        {
            var finding = Assert.Single(Audit(_evidence with { Stages = _evidence.Stages.SetItem(1, _evidence.Stages[1] with { Order = other }) }).Findings);
            Assert.Equal((1, 0), Place(finding));
            Assert.Contains(expected, finding.Finding, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_settlement_that_pays_anything_else_is_found()
    {
        var settlement = _evidence.Settlement!;
        for (var i = 0; i < settlement.Credits.Length; i++)
        {
            var credit = settlement.Credits[i];
            Assert.NotEmpty(Settled(settlement with { Credits = settlement.Credits.RemoveAt(i) }));
            Assert.NotEmpty(Settled(settlement with { Credits = settlement.Credits.Add(credit) }));
            Assert.NotEmpty(Settled(settlement with { Credits = settlement.Credits.SetItem(i, credit with { Amount = credit.Amount + new Credits(1) }) }));
            Assert.NotEmpty(Settled(settlement with { Credits = settlement.Credits.SetItem(i, credit with { Account = "mallory" }) }));
        }
        Assert.Contains("out of its hold", Assert.Single(Settled(settlement with { Captured = settlement.Captured + new Credits(1) })).Finding, StringComparison.Ordinal);
        Assert.Contains("nothing is settled", Assert.Single(Settled(null)).Finding, StringComparison.Ordinal);
        Assert.Contains("expected Won", Assert.Single(Audit(_evidence with { Outcome = ReasonCode.NobodyJoined }).Findings).Finding, StringComparison.Ordinal);

        ImmutableArray<RequestFinding> Settled(Settlement? other) => Audit(_evidence with { Settlement = other }).Findings;
    }

    /// <summary>Of a request that nobody proved the requester has no share, and only who said that nobody can has something back.</summary>
    [Fact]
    public async Task A_share_or_a_return_in_a_request_that_nobody_proved_is_found()
    {
        var prover = await _market.ProverAsync("honest", stake: 20);
        await _market.OpenAsync(_market.Spec("r4") with { Mechanism = MechanismOf("dutch-auction", ("bond", "10")) });
        var run = _market.Grains.GetGrain<IDutchAuctionRunGrain>("r4/0");
        Assert.NotNull((await run.JoinAsync(prover.Id, prover.Session)).Assignment);
        Assert.Null(await run.ConfirmAsync(prover.Id, prover.Session));
        await _market.AdvanceAsync(TimeSpan.FromSeconds(15));
        await run.DeclineAsync(prover.Id, prover.Session, ReasonCode.InputRejected);
        await _market.AdvanceAsync(HardIn);
        await _market.EndsAsync("r4");
        var evidence = await _market.EvidenceAsync("r4");
        Assert.Empty(Audit(evidence).Findings);
        var returned = Assert.Single(evidence.Settlement!.Credits);
        Assert.Equal(("r4/returned/honest", "honest-account", CreditKind.Returned), (returned.EntryId, returned.Account, returned.Kind));
        foreach (var other in new[]
        {
            returned with { Account = "alice" },
            returned with { EntryId = "r4/compensation/honest", Account = "alice", Kind = CreditKind.Compensation },
            returned with { EntryId = "r4/treasury/honest", Account = "treasury", Kind = CreditKind.Treasury },
        })
            Assert.NotEmpty(Audit(evidence with { Settlement = evidence.Settlement with { Credits = [other] } }).Findings);
    }

    /// <summary>Whoever missed has another prover on the same account, which delivers: the rescuer's share is not its own.</summary>
    [Fact]
    public async Task A_share_of_a_bond_that_goes_back_to_the_account_that_lost_it_is_found()
    {
        var silent = await _market.ProverAsync("miss", stake: 20, offer: Offer("miss") with { Account = "owner" });
        await _market.OpenAsync(_market.Spec("r5") with
        {
            Mechanism = RaceOf(("bond", "10")), Fallbacks = [new RequestFallback { Mechanism = RaceOf(("bond", "4")) }],
        });
        await silent.TakeAsync("r5");
        var other = await _market.ProverAsync("other", stake: 20, offer: Offer("other") with { Account = "owner" });
        await _market.AdvanceAsync((HardIn / 2) + TimeSpan.FromSeconds(1));
        var assignment = (await other.JoinAsync("r5", stage: 1)).Assignment!;
        Assert.Equal(Domain.Credits.Zero, assignment.Rescue);
        await other.SubmitAsync("r5", assignment.PublicInputs, TestProofSystem.ProofFor(assignment), stage: 1);
        await _market.EndsAsync("r5");

        var evidence = await _market.EvidenceAsync("r5");
        Assert.Empty(Audit(evidence).Findings);
        var settlement = evidence.Settlement!;
        Assert.DoesNotContain(settlement.Credits, credit => credit.Kind == CreditKind.Rescue);
        var toTreasury = settlement.Credits.Single(credit => credit.Kind == CreditKind.Treasury);
        Assert.Equal(Credits(5), toTreasury.Amount);
        var shared = settlement.Credits.Replace(toTreasury, toTreasury with { Amount = Credits(2) })
            .Add(new SettlementCredit { EntryId = "r5/rescue/0/miss", Account = "owner", Amount = Credits(3), Kind = CreditKind.Rescue });
        Assert.NotEmpty(Audit(evidence with { Settlement = settlement with { Credits = shared } }).Findings);
        await ProvingMarket.TestKit.Requests.Audit.AtRestAsync(_market);
    }

    [Fact]
    public void Of_a_mechanism_that_the_auditor_does_not_know_the_chain_is_checked_and_that_is_said()
    {
        var report = RequestAudit.Check(_evidence, []);
        Assert.Empty(report.Findings);
        Assert.All(report.Stages, stage => Assert.Equal(AuditDepth.Chain, stage.Depth));
        var transcript = _evidence.Stages[1].Transcript;
        var forged = Forgery.Rehashed(transcript.Replace(transcript[^2], transcript[^2] with { Value = "1" }));
        Assert.Contains("the request noted", Assert.Single(RequestAudit.Check(With(1, forged), []).Findings).Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_request_has_not_ended()
    {
        await _market.OpenAsync(_market.Spec("r2"));
        Assert.Contains("has not ended", Assert.Single(Audit(await _market.EvidenceAsync("r2")).Findings).Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejected_request_has_no_stages()
    {
        Assert.NotNull((await _market.Request("r3").SubmitAsync(_market.Spec("r3", account: "poor"))).Refusal);
        var evidence = await _market.EvidenceAsync("r3");
        Assert.Empty(evidence.Stages);
        Assert.Empty(Audit(evidence).Findings);
    }

    [Fact]
    public void The_built_in_mechanisms_are_those_of_a_market()
    {
        using var market = new ServiceCollection().AddProvingMarket().BuildServiceProvider();
        Assert.Equal(market.GetServices<RegisteredMechanism>().Select(one => one.Mechanism.Name).Order(), BuiltInMechanisms.All.Select(mechanism => mechanism.Name));
    }

    private static RequestAuditReport Audit(RequestEvidence evidence) => RequestAudit.Check(evidence, BuiltInMechanisms.All);

    private RequestEvidence With(int stage, ImmutableArray<TranscriptEntry> transcript) =>
        _evidence with { Stages = _evidence.Stages.SetItem(stage, _evidence.Stages[stage] with { Transcript = transcript }) };

    private static (int?, int?) Place(RequestFinding finding) => (finding.Stage, finding.Entry);
}
