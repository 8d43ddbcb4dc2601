using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using static ProvingMarket.Domain.Tests.Mechanisms.Runs.Races;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

/// <summary>How leases and runs end: won, declined, refused, missed, cancelled.</summary>
public sealed class RunEndingsTests
{
    private static readonly Refusal SessionUnknown = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session", "stranger");

    [Fact]
    public void The_winner_gets_the_decayed_reward_and_the_others_lose_nothing()
    {
        var race = Racing(Racing(Racing(Started(("bond", "3")), "p1"), "p2"), "p3");
        race = JoiningOn(Decline(race, "p3"), "p4", "s1");
        var received = Samples.Soft.AddSeconds(25);
        race = WonOn(race, "p2", Proof, received, received.AddSeconds(1));

        var report = race.Report!;
        Assert.True(report.Succeeded);
        Assert.Equal((ReasonCode.Won, received.AddSeconds(1)), (report.Reason, report.EndedAt));
        Assert.Equal(new AcceptedProof { ProverId = "p2", Proof = Proof, ReceivedAt = received, VerifiedAt = received.AddSeconds(1) }, report.Proof);
        Assert.Equal(new RunPayment { ProverId = "p2", Account = "p2-account", Amount = new Credits(7_500_000) }, Assert.Single(report.Payments));
        Assert.Equal<LeaseEnding>(
            [
                Ending("p1", LeaseOutcome.Cancel, ReasonCode.Outraced),
                Ending("p2", LeaseOutcome.Complete, ReasonCode.Won) with { StartedAt = Now, DeliveredAt = received },
                Ending("p3", LeaseOutcome.Decline, ReasonCode.PriceBelowAsk),
                Ending("p4", LeaseOutcome.Cancel, ReasonCode.RunClosed) with { Account = "" },
            ],
            report.Leases);
        Assert.Equal((RequestPhase.Verifying, ReasonCode.Won, "p2", "reward 7.5 credits"), Last(race));
    }

    [Fact]
    public void A_proof_worth_nothing_is_still_accepted()
    {
        var report = WonOn(Racing(Started(), "p1"), "p1", Proof, Samples.Hard, Samples.Hard).Report!;
        Assert.True(report.Succeeded);
        Assert.Empty(report.Payments);
    }

    [Fact]
    public void Who_declines_gives_its_lease_back()
    {
        var race = Decline(Racing(Started(), "p1"), "p1");
        Assert.Equal((ParticipantStatus.Left, ReasonCode.PriceBelowAsk), (race.Participants["p1"].Status, race.Participants["p1"].Reason));
        Assert.Equal((RequestPhase.Open, ReasonCode.PriceBelowAsk, "p1", "gave its lease back"), Last(race));
        Assert.Equal(ParticipantStatus.Left, Decline(JoiningOn(Started(), "p1", "s1"), "p1").Participants["p1"].Status);
    }

    [Fact]
    public void Who_was_refused_a_lease_and_declines_may_still_try_again()
    {
        var refused = JoinRefusedOn(JoiningOn(Started(), "p1", "s1"), "p1", Refusal.Of(ReasonCode.SlotsFull, "slots"), isFirstAttempt: true);
        var race = Decline(refused, "p1");
        Assert.Equal(ParticipantStatus.Refused, race.Participants["p1"].Status);
        Assert.Equal((RequestPhase.Open, ReasonCode.PriceBelowAsk, "p1", "declined"), Last(race));
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
    }

    [Fact]
    public void A_declined_invitation_is_noted_once()
    {
        var race = Decline(Started(), "p1");
        Assert.Empty(race.Participants);
        Assert.Equal((RequestPhase.Open, ReasonCode.PriceBelowAsk, "p1", "declined"), Last(race));
        Assert.Same(race, Decline(race, "p1"));
        Assert.Equal(2, Decline(race, "p2").Events.Length);
    }

    [Fact]
    public void Declined_invitations_do_not_grow_the_race_without_end()
    {
        var race = Started();
        for (var i = 0; i < RunRules.MostEvents + 10; i++) race = Decline(race, $"p{i}");
        Assert.Equal(RunRules.MostEvents, race.Events.Length);
        race = Decline(Racing(race, "racer"), "racer");
        Assert.Equal(ParticipantStatus.Left, race.Participants["racer"].Status);
    }

    [Fact]
    public void Declining_does_not_escape_the_penalty_of_an_invalid_proof()
    {
        var race = Disqualify(Racing(Started(("bond", "3")), "p1"), "p1");
        Assert.Same(race, Decline(race, "p1"));
        Assert.Equal(
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), ConcludedOn(race, ReasonCode.None, Samples.Hard).Report!.Leases[0]);
    }

    [Fact]
    public void Declining_after_the_deadline_does_not_escape_the_penalty_of_a_missed_lease()
    {
        var race = Racing(Started(("bond", "3")), "p1");
        Assert.Same(race, DeclinedOn(race, "p1", "s1", ReasonCode.ProvingFailed, Samples.Hard));
        Assert.Equal(
            ParticipantStatus.Left, DeclinedOn(race, "p1", "s1", ReasonCode.ProvingFailed, Samples.Hard.AddTicks(-1)).Participants["p1"].Status);
    }

    [Fact]
    public void Only_the_session_that_holds_the_lease_can_give_it_back()
    {
        var race = Racing(Started(), "p1");
        Assert.Same(race, DeclinedOn(race, "p1", "someone else", ReasonCode.PriceBelowAsk, Now));
    }

    [Fact]
    public void Declining_again_or_after_the_end_changes_nothing()
    {
        var race = Decline(Racing(Started(), "p1"), "p1");
        Assert.Same(race, DeclinedOn(race, "p1", "s1", ReasonCode.WorkerDraining, Now));
        var won = WonOn(Racing(Racing(Started(), "p1"), "p2"), "p1", Proof, Now, Now);
        Assert.Same(won, Decline(won, "p2"));
        Assert.Same(won, Decline(won, "p3"));
    }

    [Fact]
    public void An_invalid_proof_costs_the_bond()
    {
        var race = Disqualify(Racing(Racing(Started(("bond", "3")), "p1"), "p2"), "p1");
        Assert.Equal((ParticipantStatus.Disqualified, ReasonCode.ProofInvalid), (race.Participants["p1"].Status, race.Participants["p1"].Reason));
        Assert.Equal((RequestPhase.Verifying, ReasonCode.ProofInvalid, "p1", "pairing failed"), Last(race));
        Assert.Equal(
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), WonOn(race, "p2", Proof, Now, Now).Report!.Leases[0]);
        Assert.Equal(
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), ConcludedOn(race, ReasonCode.CancelledByRequester, Now).Report!.Leases[0]);
    }

    [Fact]
    public void At_the_hard_deadline_those_still_racing_have_missed()
    {
        var race = Decline(JoiningOn(Racing(Racing(Started(("bond", "3")), "p1"), "p2"), "p3", "s1"), "p2");
        var report = ConcludedOn(race, ReasonCode.None, Samples.Hard).Report!;
        Assert.Equal((ReasonCode.NobodyDelivered, Samples.Hard, false), (report.Reason, report.EndedAt, report.Succeeded));
        Assert.Empty(report.Payments);
        Assert.Equal<LeaseEnding>(
            [
                Ending("p1", LeaseOutcome.Miss, ReasonCode.LeaseMissed),
                Ending("p2", LeaseOutcome.Decline, ReasonCode.PriceBelowAsk),
                Ending("p3", LeaseOutcome.Cancel, ReasonCode.RunClosed) with { Account = "" },
            ],
            report.Leases);
    }

    [Fact]
    public void Who_only_tried_to_join_does_not_count_as_having_joined()
    {
        Assert.Equal(ReasonCode.NobodyJoined, ConcludedOn(Started(), ReasonCode.None, Samples.Hard).Report!.Reason);
        var joining = JoiningOn(Started(), "p1", "s1");
        Assert.Equal(ReasonCode.NobodyJoined, ConcludedOn(joining, ReasonCode.None, Samples.Hard).Report!.Reason);
    }

    [Fact]
    public void Who_gave_the_work_back_has_held_it_and_who_left_without_it_has_not()
    {
        var returned = Decline(Racing(Started(), "p1"), "p1");
        Assert.Equal(ReasonCode.NobodyDelivered, ConcludedOn(returned, ReasonCode.None, Samples.Hard).Report!.Reason);
        var left = Decline(JoiningOn(Started(), "p1", "s1"), "p1");
        Assert.Equal(ParticipantStatus.Left, left.Participants["p1"].Status);
        Assert.Equal(ReasonCode.NobodyJoined, ConcludedOn(left, ReasonCode.None, Samples.Hard).Report!.Reason);
    }

    [Fact]
    public void A_race_cancelled_by_the_requester_costs_nobody()
    {
        var report = ConcludedOn(Racing(Started(("bond", "3")), "p1"), ReasonCode.CancelledByRequester, Now).Report!;
        Assert.Equal(ReasonCode.CancelledByRequester, report.Reason);
        Assert.Equal(Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(report.Leases));
    }

    [Fact]
    public void After_the_end_nothing_is_accepted()
    {
        var race = Racing(Racing(Started(), "p1"), "p2");
        var won = WonOn(race, "p1", Proof, Now, Now);
        var refusal = Refusal.Of(ReasonCode.RunWon, "run", "a run that nobody has won", "p1");
        Assert.Equal(refusal, RaceRules.CheckJoin(won, "p3", Now));
        Assert.Equal(refusal, RaceRules.CheckJoin(won, "p2", Now));
        Assert.Equal(refusal, Submit(won, "p2", "s1", Now));
        Assert.Same(won, ConcludedOn(won, ReasonCode.None, Samples.Hard));
        Assert.Same(won, ConcludedOn(won, ReasonCode.CancelledByRequester, Now));

        var closed = ConcludedOn(race, ReasonCode.CancelledByRequester, Now);
        refusal = Refusal.Of(ReasonCode.RunClosed, "run", "an open run", "CancelledByRequester");
        Assert.Equal(refusal, RaceRules.CheckJoin(closed, "p3", Now));
        Assert.Equal(refusal, Submit(closed, "p1", "s1", Now));
        Assert.Same(closed, ConcludedOn(closed, ReasonCode.None, Samples.Hard));
    }

    [Fact]
    public void A_race_that_has_ended_is_never_changed()
    {
        var race = JoiningOn(Racing(Racing(Started(), "p1"), "p2"), "p3", "s1");
        foreach (var ended in new[] { WonOn(race, "p1", Proof, Now, Now), ConcludedOn(race, ReasonCode.None, Samples.Hard) })
        {
            Throws(() => WonOn(ended, "p2", Proof, Now, Now));
            Throws(() => DisqualifiedOn(ended, "p2", ReasonCode.ProofInvalid, "", Now));
            Throws(() => JoiningOn(ended, "p4", "s1"));
            Throws(() => JoinedOn(ended, "p3", "s1", "p3-account", Now));
            Throws(() => JoinRefusedOn(ended, "p3", SessionUnknown, isFirstAttempt: true));
        }
    }

    [Fact]
    public void Only_who_holds_a_lease_can_win_or_be_disqualified()
    {
        var race = Disqualify(Decline(Racing(Racing(Started(), "left"), "failed"), "left"), "failed");
        race = JoiningOn(race, "joining", "s1");
        foreach (var id in new[] { "stranger", "left", "failed", "joining" })
        {
            Throws(() => WonOn(race, id, Proof, Now, Now));
            Throws(() => DisqualifiedOn(race, id, ReasonCode.ProofInvalid, "", Now));
        }
        foreach (var id in new[] { "stranger", "left", "failed" }) Throws(() => JoinedOn(race, id, "s1", "account", Now));
    }

    [Fact]
    public void A_race_does_not_end_before_its_deadline_without_a_cause()
    {
        var race = Racing(Started(), "p1");
        Assert.Same(race, ConcludedOn(race, ReasonCode.None, Samples.Hard.AddTicks(-1)));
        Assert.NotNull(ConcludedOn(race, ReasonCode.None, Samples.Hard).Report);
    }

    [Fact]
    public void A_race_is_not_concluded_as_won()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ConcludedOn(Started(), ReasonCode.Won, Now));
    }
}
