using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.Race;

public sealed class RaceRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    private static readonly Refusal SessionUnknown = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session", "stranger");

    private static readonly Bytes Proof = Bytes.Utf8("""{"pi_a":[]}""");

    [Fact]
    public void Starts_with_the_parameters_of_the_order()
    {
        var (state, refusal) = RaceRules.Start(Samples.Order(("reward", "7"), ("bond", "3")));
        Assert.Null(refusal);
        Assert.Equal((Credits.Whole(7), Credits.Whole(3)), (state!.Parameters.Reward, state.Parameters.Bond));
        Assert.Empty(state.Participants);
        Assert.Null(state.Report);
    }

    [Fact]
    public void Does_not_start_with_bad_parameters()
    {
        var (state, refusal) = RaceRules.Start(Samples.Order(("participants", "0")));
        Assert.Null(state);
        Assert.Equal(ReasonCode.ParameterInvalid, refusal?.Code);
    }

    [Fact]
    public void Joining_is_noted_first_and_holds_a_lease_when_the_registry_grants_it()
    {
        var race = Started();
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        race = RaceRules.Joining(race, "p1", "s1");
        Assert.Equal(new RaceParticipant { ProverId = "p1", Session = "s1", Status = ParticipantStatus.Joining }, race.Participants["p1"]);
        Assert.Empty(race.Events);
        race = Joined(race, "p1");
        Assert.Equal(
            new RaceParticipant { ProverId = "p1", Session = "s1", Status = ParticipantStatus.Racing, Account = "p1-account" }, race.Participants["p1"]);
        Assert.Equal(new TimelineEntry { At = Now, Phase = RequestPhase.Assigned, ProverId = "p1" }, Assert.Single(race.Events));
    }

    [Fact]
    public void Joining_again_changes_nothing_until_the_registry_confirms_the_session()
    {
        // Anyone can send a join in a prover's name: it must not take the lease away from the session that holds it.
        var race = Racing(Started(), "p1");
        Assert.Same(race, RaceRules.Joining(race, "p1", "stranger"));
        Assert.Null(Submit(RaceRules.JoinRefused(race, "p1", SessionUnknown, isFirstAttempt: false), "p1", "s1", Now));

        var restarted = RaceRules.Joined(race, "p1", "s2", "p1-account", Now);
        Assert.Null(Submit(restarted, "p1", "s2", Now));
        Assert.Equal(ReasonCode.LeaseMissing, Submit(restarted, "p1", "s1", Now)?.Code);
        Assert.Single(restarted.Events);
        Assert.Same(race, Joined(race, "p1"));
    }

    [Fact]
    public void A_repeated_wish_to_join_keeps_the_first_session_until_the_registry_confirms_another()
    {
        var race = RaceRules.Joining(Started(), "p1", "s1");
        Assert.Same(race, RaceRules.Joining(race, "p1", "stranger"));
        Assert.Equal("s2", RaceRules.Joined(race, "p1", "s2", "p1-account", Now).Participants["p1"].Session);
    }

    [Fact]
    public void A_stranger_that_tries_to_join_leaves_nothing_behind()
    {
        var race = RaceRules.Joining(Started(), "p1", "s1");
        Assert.Empty(RaceRules.JoinRefused(race, "p1", Refusal.Of(ReasonCode.ProverUnknown, "proverId"), isFirstAttempt: true).Participants);
    }

    [Fact]
    public void Joins_in_the_names_of_provers_take_no_places()
    {
        var race = Started(("participants", "1"));
        for (var i = 0; i < 3; i++)
        {
            race = RaceRules.JoinRefused(RaceRules.Joining(race, "p1", "stranger"), "p1", SessionUnknown, isFirstAttempt: i == 0);
            Assert.Null(RaceRules.CheckJoin(race, "p2", Now));
        }
        Assert.Equal(("s1", ParticipantStatus.Racing), (Joined(race, "p1").Participants["p1"].Session, Joined(race, "p1").Participants["p1"].Status));
    }

    [Theory]
    [InlineData(ReasonCode.SessionUnknown)]
    [InlineData(ReasonCode.SlotsFull)]
    [InlineData(ReasonCode.StakeInsufficient)]
    [InlineData(ReasonCode.ProverNotLive)]
    public void Who_was_refused_may_try_again_takes_no_place_and_is_released_at_the_end(ReasonCode code)
    {
        // The refused reservation may still arrive a second time, late, and be granted: its lease must end with the race.
        var race = RaceRules.Joining(Started(("participants", "1"), ("bond", "3")), "p1", "s1");
        race = RaceRules.JoinRefused(race, "p1", Refusal.Of(code, "slots"), isFirstAttempt: true);
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        Assert.Null(RaceRules.CheckJoin(race, "p2", Now));
        Assert.Equal(ReasonCode.LeaseMissing, Submit(race, "p1", "s1", Now)?.Code);

        var ended = RaceRules.Concluded(race, ReasonCode.None, Samples.Hard).Report!;
        Assert.Equal(ReasonCode.NobodyJoined, ended.Reason);
        Assert.Equal(Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(ended.Leases));

        Assert.Equal(ParticipantStatus.Racing, Racing(race, "p1").Participants["p1"].Status);
        Assert.Equal(ReasonCode.RunFull, RaceRules.CheckJoin(Racing(race, "p2"), "p1", Now)?.Code);
    }

    [Fact]
    public void A_lease_that_may_have_been_granted_is_not_forgotten()
    {
        // The registry granted the lease and the answer was lost; then the silo restarted, and the registry does not know the session yet.
        var race = RaceRules.Joining(Started(("bond", "3")), "p1", "s1");
        var again = RaceRules.JoinRefused(RaceRules.Joining(race, "p1", "s1"), "p1", SessionUnknown, isFirstAttempt: false);
        Assert.Same(race, again);
        Assert.Equal(
            Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(RaceRules.Concluded(again, ReasonCode.None, Samples.Hard).Report!.Leases));
    }

    [Fact]
    public void Nobody_joins_at_or_after_the_hard_deadline()
    {
        Assert.Null(RaceRules.CheckJoin(Started(), "p1", Samples.Hard.AddTicks(-1)));
        Assert.Equal(
            Refusal.Of(ReasonCode.LeaseDeadlinePassed, "hardDeadline", $"before {Samples.Hard:O}", $"{Samples.Hard:O}"),
            RaceRules.CheckJoin(Started(), "p1", Samples.Hard));
    }

    [Fact]
    public void Nobody_joins_a_full_race()
    {
        var race = Racing(Started(("participants", "2")), "p1");
        race = RaceRules.Joining(race, "p2", "s1");
        Assert.Equal(Refusal.Of(ReasonCode.RunFull, "participants", "fewer than 2", "2"), RaceRules.CheckJoin(race, "p3", Now));
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        Assert.Null(RaceRules.CheckJoin(race, "p2", Now));
        Assert.Null(RaceRules.CheckJoin(Decline(race, "p1"), "p3", Now));
    }

    [Fact]
    public void Who_left_or_failed_does_not_join_again()
    {
        var race = Disqualify(Decline(Racing(Racing(Started(), "p1"), "p2"), "p1"), "p2");
        foreach (var id in new[] { "p1", "p2" })
            Assert.Equal(Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover that has not left this race", id), RaceRules.CheckJoin(race, id, Now));
    }

    [Fact]
    public void Who_is_excluded_does_not_join_even_uninvited()
    {
        var order = Samples.Order() with { Constraints = new RequestConstraints { AllowedProvers = ["p1", "p2"], DeniedProvers = ["p2"] }, Excluded = ["p4"] };
        var race = RaceRules.Start(order).State!;
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        foreach (var id in new[] { "p2", "p3" })
            Assert.Equal(Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover the requester allows", id), RaceRules.CheckJoin(race, id, Now));
        race = RaceRules.Start(Samples.Order() with { Excluded = ["p4"] }).State!;
        Assert.Equal(
            Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover no earlier stage has excluded", "p4"), RaceRules.CheckJoin(race, "p4", Now));
    }

    [Fact]
    public void A_proof_is_taken_from_a_lease_holder_in_its_session_until_the_hard_deadline()
    {
        var race = Racing(Started(), "p1");
        Assert.Null(Submit(race, "p1", "s1", Now));
        Assert.Null(Submit(race, "p1", "s1", Samples.Hard));
        Assert.Equal(
            Refusal.Of(ReasonCode.ProofLate, "proof", $"delivered by {Samples.Hard:O}", $"{Samples.Hard.AddTicks(1):O}"),
            Submit(race, "p1", "s1", Samples.Hard.AddTicks(1)));
    }

    [Fact]
    public void A_proof_without_a_lease_is_refused()
    {
        var race = RaceRules.Joining(Racing(Racing(Racing(Started(), "p1"), "left"), "failed"), "joining", "s1");
        race = Disqualify(Decline(race, "left"), "failed");
        foreach (var (id, session) in new[] { ("p2", "s1"), ("p1", "s2"), ("left", "s1"), ("failed", "s1"), ("joining", "s1") })
        {
            Assert.Equal(
                Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease on this run, in its current session", id),
                Submit(race, id, session, Now));
        }
    }

    [Fact]
    public void A_proof_or_public_inputs_over_the_limit_are_refused()
    {
        var race = Racing(Started(), "p1");
        var inputs = race.Order.PublicInputs;
        Assert.Equal(
            Refusal.Of(ReasonCode.ProofTooLarge, "proof", "at most 262144 bytes", "262145 bytes"),
            RaceRules.CheckSubmission(race, "p1", "s1", inputs, Bytes.CopyOf(new byte[262145]), Now));
        Assert.Null(RaceRules.CheckSubmission(race, "p1", "s1", inputs, Bytes.CopyOf(new byte[262144]), Now));
        Assert.Equal(
            Refusal.Of(ReasonCode.FieldTooLarge, "publicInputs", "at most 65536 bytes", "65537 bytes"),
            RaceRules.CheckSubmission(race, "p1", "s1", Bytes.CopyOf(new byte[65537]), Proof, Now));
    }

    [Fact]
    public void The_winner_gets_the_decayed_reward_and_the_others_lose_nothing()
    {
        var race = Racing(Racing(Racing(Started(("bond", "3")), "p1"), "p2"), "p3");
        race = RaceRules.Joining(Decline(race, "p3"), "p4", "s1");
        var received = Samples.Soft.AddSeconds(25);
        race = RaceRules.Won(race, "p2", Proof, received, received.AddSeconds(1));

        var report = race.Report!;
        Assert.True(report.Succeeded);
        Assert.Equal((ReasonCode.Won, received.AddSeconds(1)), (report.Reason, report.EndedAt));
        Assert.Equal(new AcceptedProof { ProverId = "p2", Proof = Proof, ReceivedAt = received, VerifiedAt = received.AddSeconds(1) }, report.Proof);
        Assert.Equal(new RunPayment { ProverId = "p2", Account = "p2-account", Amount = new Credits(7_500_000) }, Assert.Single(report.Payments));
        Assert.Equal<LeaseEnding>(
            [
                Ending("p1", LeaseOutcome.Cancel, ReasonCode.Outraced),
                Ending("p2", LeaseOutcome.Complete, ReasonCode.Won) with { DeliveredAt = received },
                Ending("p3", LeaseOutcome.Decline, ReasonCode.PriceBelowAsk),
                Ending("p4", LeaseOutcome.Cancel, ReasonCode.RunClosed),
            ],
            report.Leases);
        Assert.Equal((RequestPhase.Verifying, ReasonCode.Won, "p2", "reward 7.5 credits"), Last(race));
    }

    [Fact]
    public void A_proof_worth_nothing_is_still_accepted()
    {
        var report = RaceRules.Won(Racing(Started(), "p1"), "p1", Proof, Samples.Hard, Samples.Hard).Report!;
        Assert.True(report.Succeeded);
        Assert.Empty(report.Payments);
    }

    [Fact]
    public void Who_declines_gives_its_lease_back()
    {
        var race = Decline(Racing(Started(), "p1"), "p1");
        Assert.Equal((ParticipantStatus.Left, ReasonCode.PriceBelowAsk), (race.Participants["p1"].Status, race.Participants["p1"].Reason));
        Assert.Equal((RequestPhase.Open, ReasonCode.PriceBelowAsk, "p1", "gave its lease back"), Last(race));
        Assert.Equal(ParticipantStatus.Left, Decline(RaceRules.Joining(Started(), "p1", "s1"), "p1").Participants["p1"].Status);
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
        for (var i = 0; i < RaceRules.MostEvents + 10; i++) race = Decline(race, $"p{i}");
        Assert.Equal(RaceRules.MostEvents, race.Events.Length);
        race = Decline(Racing(race, "racer"), "racer");
        Assert.Equal(ParticipantStatus.Left, race.Participants["racer"].Status);
    }

    [Fact]
    public void Declining_does_not_escape_the_penalty_of_an_invalid_proof()
    {
        var race = Disqualify(Racing(Started(("bond", "3")), "p1"), "p1");
        Assert.Same(race, Decline(race, "p1"));
        Assert.Equal(
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), RaceRules.Concluded(race, ReasonCode.None, Samples.Hard).Report!.Leases[0]);
    }

    [Fact]
    public void Declining_after_the_deadline_does_not_escape_the_penalty_of_a_missed_lease()
    {
        var race = Racing(Started(("bond", "3")), "p1");
        Assert.Same(race, RaceRules.Declined(race, "p1", "s1", ReasonCode.ProvingFailed, Samples.Hard));
        Assert.Equal(
            ParticipantStatus.Left, RaceRules.Declined(race, "p1", "s1", ReasonCode.ProvingFailed, Samples.Hard.AddTicks(-1)).Participants["p1"].Status);
    }

    [Fact]
    public void Only_the_session_that_holds_the_lease_can_give_it_back()
    {
        var race = Racing(Started(), "p1");
        Assert.Same(race, RaceRules.Declined(race, "p1", "someone else", ReasonCode.PriceBelowAsk, Now));
    }

    [Fact]
    public void Declining_again_or_after_the_end_changes_nothing()
    {
        var race = Decline(Racing(Started(), "p1"), "p1");
        Assert.Same(race, RaceRules.Declined(race, "p1", "s1", ReasonCode.WorkerDraining, Now));
        var won = RaceRules.Won(Racing(Racing(Started(), "p1"), "p2"), "p1", Proof, Now, Now);
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
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), RaceRules.Won(race, "p2", Proof, Now, Now).Report!.Leases[0]);
        Assert.Equal(
            Ending("p1", LeaseOutcome.Miss, ReasonCode.ProofInvalid), RaceRules.Concluded(race, ReasonCode.CancelledByRequester, Now).Report!.Leases[0]);
    }

    [Fact]
    public void At_the_hard_deadline_those_still_racing_have_missed()
    {
        var race = Decline(RaceRules.Joining(Racing(Racing(Started(("bond", "3")), "p1"), "p2"), "p3", "s1"), "p2");
        var report = RaceRules.Concluded(race, ReasonCode.None, Samples.Hard).Report!;
        Assert.Equal((ReasonCode.NobodyDelivered, Samples.Hard, false), (report.Reason, report.EndedAt, report.Succeeded));
        Assert.Empty(report.Payments);
        Assert.Equal<LeaseEnding>(
            [
                Ending("p1", LeaseOutcome.Miss, ReasonCode.LeaseMissed),
                Ending("p2", LeaseOutcome.Decline, ReasonCode.PriceBelowAsk),
                Ending("p3", LeaseOutcome.Cancel, ReasonCode.RunClosed),
            ],
            report.Leases);
    }

    [Fact]
    public void Who_only_tried_to_join_does_not_count_as_having_joined()
    {
        Assert.Equal(ReasonCode.NobodyJoined, RaceRules.Concluded(Started(), ReasonCode.None, Samples.Hard).Report!.Reason);
        var joining = RaceRules.Joining(Started(), "p1", "s1");
        Assert.Equal(ReasonCode.NobodyJoined, RaceRules.Concluded(joining, ReasonCode.None, Samples.Hard).Report!.Reason);
    }

    [Fact]
    public void A_race_cancelled_by_the_requester_costs_nobody()
    {
        var report = RaceRules.Concluded(Racing(Started(("bond", "3")), "p1"), ReasonCode.CancelledByRequester, Now).Report!;
        Assert.Equal(ReasonCode.CancelledByRequester, report.Reason);
        Assert.Equal(Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(report.Leases));
    }

    [Fact]
    public void After_the_end_nothing_is_accepted()
    {
        var race = Racing(Racing(Started(), "p1"), "p2");
        var won = RaceRules.Won(race, "p1", Proof, Now, Now);
        var refusal = Refusal.Of(ReasonCode.RunWon, "run", "a run that nobody has won", "p1");
        Assert.Equal(refusal, RaceRules.CheckJoin(won, "p3", Now));
        Assert.Equal(refusal, RaceRules.CheckJoin(won, "p2", Now));
        Assert.Equal(refusal, Submit(won, "p2", "s1", Now));
        Assert.Same(won, RaceRules.Concluded(won, ReasonCode.None, Samples.Hard));
        Assert.Same(won, RaceRules.Concluded(won, ReasonCode.CancelledByRequester, Now));

        var closed = RaceRules.Concluded(race, ReasonCode.CancelledByRequester, Now);
        refusal = Refusal.Of(ReasonCode.RunClosed, "run", "an open run", "CancelledByRequester");
        Assert.Equal(refusal, RaceRules.CheckJoin(closed, "p3", Now));
        Assert.Equal(refusal, Submit(closed, "p1", "s1", Now));
        Assert.Same(closed, RaceRules.Concluded(closed, ReasonCode.None, Samples.Hard));
    }

    [Fact]
    public void A_race_that_has_ended_is_never_changed()
    {
        var race = RaceRules.Joining(Racing(Racing(Started(), "p1"), "p2"), "p3", "s1");
        foreach (var ended in new[] { RaceRules.Won(race, "p1", Proof, Now, Now), RaceRules.Concluded(race, ReasonCode.None, Samples.Hard) })
        {
            Throws(() => RaceRules.Won(ended, "p2", Proof, Now, Now));
            Throws(() => RaceRules.Disqualified(ended, "p2", ReasonCode.ProofInvalid, "", Now));
            Throws(() => RaceRules.Joining(ended, "p4", "s1"));
            Throws(() => RaceRules.Joined(ended, "p3", "s1", "p3-account", Now));
            Throws(() => RaceRules.JoinRefused(ended, "p3", SessionUnknown, isFirstAttempt: true));
        }
    }

    [Fact]
    public void Only_who_holds_a_lease_can_win_or_be_disqualified()
    {
        var race = Disqualify(Decline(Racing(Racing(Started(), "left"), "failed"), "left"), "failed");
        race = RaceRules.Joining(race, "joining", "s1");
        foreach (var id in new[] { "stranger", "left", "failed", "joining" })
        {
            Throws(() => RaceRules.Won(race, id, Proof, Now, Now));
            Throws(() => RaceRules.Disqualified(race, id, ReasonCode.ProofInvalid, "", Now));
        }
        foreach (var id in new[] { "stranger", "left", "failed" }) Throws(() => RaceRules.Joined(race, id, "s1", "account", Now));
    }

    [Fact]
    public void A_race_does_not_end_before_its_deadline_without_a_cause()
    {
        var race = Racing(Started(), "p1");
        Assert.Same(race, RaceRules.Concluded(race, ReasonCode.None, Samples.Hard.AddTicks(-1)));
        Assert.NotNull(RaceRules.Concluded(race, ReasonCode.None, Samples.Hard).Report);
    }

    [Fact]
    public void A_race_is_not_concluded_as_won()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RaceRules.Concluded(Started(), ReasonCode.Won, Now));
    }

    private static void Throws(Func<RaceState> transition) => Assert.Throws<InvalidOperationException>(transition);

    private static (RequestPhase Phase, ReasonCode Reason, string? ProverId, string Detail) Last(RaceState race) =>
        (race.Events[^1].Phase, race.Events[^1].Reason, race.Events[^1].ProverId, race.Events[^1].Detail);

    private static RaceState Started(params (string, string)[] parameters) => RaceRules.Start(Samples.Order(parameters)).State!;

    private static RaceState Racing(RaceState race, string proverId) => Joined(RaceRules.Joining(race, proverId, "s1"), proverId);

    private static RaceState Joined(RaceState race, string proverId) => RaceRules.Joined(race, proverId, "s1", $"{proverId}-account", Now);

    private static RaceState Decline(RaceState race, string proverId) => RaceRules.Declined(race, proverId, "s1", ReasonCode.PriceBelowAsk, Now);

    private static RaceState Disqualify(RaceState race, string proverId) =>
        RaceRules.Disqualified(race, proverId, ReasonCode.ProofInvalid, "pairing failed", Now);

    private static Refusal? Submit(RaceState race, string proverId, string session, DateTimeOffset at) =>
        RaceRules.CheckSubmission(race, proverId, session, race.Order.PublicInputs, Proof, at);

    private static LeaseEnding Ending(string proverId, LeaseOutcome outcome, ReasonCode reason) => new()
    {
        ProverId = proverId, Outcome = outcome, Reason = reason, Bond = Credits.Whole(3), Deadline = Samples.Hard,
    };
}
