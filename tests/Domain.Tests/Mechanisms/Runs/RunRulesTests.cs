using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

/// <summary>What all runs share, shown on races.</summary>
public sealed class RunRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    private static readonly Refusal SessionUnknown = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session", "stranger");

    private static readonly Bytes Proof = Bytes.Utf8("""{"pi_a":[]}""");

    [Fact]
    public void Starts_with_the_parameters_of_the_order()
    {
        var (state, refusal) = RaceRules.Start(Samples.Order(("reward", "7"), ("bond", "3")), Now);
        Assert.Null(refusal);
        Assert.Equal((Credits.Whole(7), Credits.Whole(3)), (state!.Parameters.Reward, state.Parameters.Bond));
        Assert.Empty(state.Participants);
        Assert.Null(state.Report);
    }

    [Fact]
    public void Does_not_start_with_bad_parameters()
    {
        var (state, refusal) = RaceRules.Start(Samples.Order(("participants", "0")), Now);
        Assert.Null(state);
        Assert.Equal(ReasonCode.ParameterInvalid, refusal?.Code);
    }

    [Fact]
    public void Joining_is_noted_first_and_holds_a_lease_when_the_registry_grants_it()
    {
        var race = Started();
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        race = JoiningOn(race, "p1", "s1");
        Assert.Equal(new RunParticipant { ProverId = "p1", Session = "s1", Status = ParticipantStatus.Joining }, race.Participants["p1"]);
        Assert.Empty(race.Events);
        race = Joined(race, "p1");
        Assert.Equal(
            new RunParticipant { ProverId = "p1", Session = "s1", Status = ParticipantStatus.Proving, Account = "p1-account" }, race.Participants["p1"]);
        Assert.Equal(new TimelineEntry { At = Now, Phase = RequestPhase.Assigned, ProverId = "p1" }, Assert.Single(race.Events));
    }

    [Fact]
    public void Joining_again_changes_nothing_until_the_registry_confirms_the_session()
    {
        // Anyone can send a join in a prover's name: it must not take the lease away from the session that holds it.
        var race = Racing(Started(), "p1");
        Assert.Same(race, JoiningOn(race, "p1", "stranger"));
        Assert.Null(Submit(JoinRefusedOn(race, "p1", SessionUnknown, isFirstAttempt: false), "p1", "s1", Now));

        var restarted = JoinedOn(race, "p1", "s2", "p1-account", Now);
        Assert.Null(Submit(restarted, "p1", "s2", Now));
        Assert.Equal(ReasonCode.LeaseMissing, Submit(restarted, "p1", "s1", Now)?.Code);
        Assert.Single(restarted.Events);
        Assert.Same(race, Joined(race, "p1"));
    }

    [Fact]
    public void A_repeated_wish_to_join_keeps_the_first_session_until_the_registry_confirms_another()
    {
        var race = JoiningOn(Started(), "p1", "s1");
        Assert.Same(race, JoiningOn(race, "p1", "stranger"));
        Assert.Equal("s2", JoinedOn(race, "p1", "s2", "p1-account", Now).Participants["p1"].Session);
    }

    [Fact]
    public void A_stranger_that_tries_to_join_leaves_nothing_behind()
    {
        var race = JoiningOn(Started(), "p1", "s1");
        Assert.Empty(JoinRefusedOn(race, "p1", Refusal.Of(ReasonCode.ProverUnknown, "proverId"), isFirstAttempt: true).Participants);
    }

    [Fact]
    public void Joins_in_the_names_of_provers_take_no_places()
    {
        var race = Started(("participants", "1"));
        for (var i = 0; i < 3; i++)
        {
            race = JoinRefusedOn(JoiningOn(race, "p1", "stranger"), "p1", SessionUnknown, isFirstAttempt: i == 0);
            Assert.Null(RaceRules.CheckJoin(race, "p2", Now));
        }
        Assert.Equal(("s1", ParticipantStatus.Proving), (Joined(race, "p1").Participants["p1"].Session, Joined(race, "p1").Participants["p1"].Status));
    }

    [Theory]
    [InlineData(ReasonCode.SessionUnknown)]
    [InlineData(ReasonCode.SlotsFull)]
    [InlineData(ReasonCode.StakeInsufficient)]
    [InlineData(ReasonCode.ProverNotLive)]
    public void Who_was_refused_may_try_again_takes_no_place_and_is_released_at_the_end(ReasonCode code)
    {
        // The refused reservation may still arrive a second time, late, and be granted: its lease must end with the race.
        var race = JoiningOn(Started(("participants", "1"), ("bond", "3")), "p1", "s1");
        race = JoinRefusedOn(race, "p1", Refusal.Of(code, "slots"), isFirstAttempt: true);
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        Assert.Null(RaceRules.CheckJoin(race, "p2", Now));
        Assert.Equal(ReasonCode.LeaseMissing, Submit(race, "p1", "s1", Now)?.Code);

        var ended = ConcludedOn(race, ReasonCode.None, Samples.Hard).Report!;
        Assert.Equal(ReasonCode.NobodyJoined, ended.Reason);
        Assert.Equal(Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(ended.Leases));

        Assert.Equal(ParticipantStatus.Proving, Racing(race, "p1").Participants["p1"].Status);
        Assert.Equal(ReasonCode.RunFull, RaceRules.CheckJoin(Racing(race, "p2"), "p1", Now)?.Code);
    }

    [Fact]
    public void A_lease_that_may_have_been_granted_is_not_forgotten()
    {
        // The registry granted the lease and the answer was lost; then the silo restarted, and the registry does not know the session yet.
        var race = JoiningOn(Started(("bond", "3")), "p1", "s1");
        var again = JoinRefusedOn(JoiningOn(race, "p1", "s1"), "p1", SessionUnknown, isFirstAttempt: false);
        Assert.Same(race, again);
        Assert.Equal(
            Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed), Assert.Single(ConcludedOn(again, ReasonCode.None, Samples.Hard).Report!.Leases));
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
        race = JoiningOn(race, "p2", "s1");
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
            Assert.Equal(Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover that has not left this run", id), RaceRules.CheckJoin(race, id, Now));
    }

    [Fact]
    public void Who_is_excluded_does_not_join_even_uninvited()
    {
        var order = Samples.Order() with { Constraints = new RequestConstraints { AllowedProvers = ["p1", "p2"], DeniedProvers = ["p2"] }, Excluded = ["p4"] };
        var race = RaceRules.Start(order, Now).State!;
        Assert.Null(RaceRules.CheckJoin(race, "p1", Now));
        foreach (var id in new[] { "p2", "p3" })
            Assert.Equal(Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover the requester allows", id), RaceRules.CheckJoin(race, id, Now));
        race = RaceRules.Start(Samples.Order() with { Excluded = ["p4"] }, Now).State!;
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
        var race = JoiningOn(Racing(Racing(Racing(Started(), "p1"), "left"), "failed"), "joining", "s1");
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
            CheckSubmissionOn(race, "p1", "s1", inputs, Bytes.CopyOf(new byte[262145]), Now));
        Assert.Null(CheckSubmissionOn(race, "p1", "s1", inputs, Bytes.CopyOf(new byte[262144]), Now));
        Assert.Equal(
            Refusal.Of(ReasonCode.FieldTooLarge, "publicInputs", "at most 65536 bytes", "65537 bytes"),
            CheckSubmissionOn(race, "p1", "s1", Bytes.CopyOf(new byte[65537]), Proof, Now));
    }

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
                Ending("p3", LeaseOutcome.Cancel, ReasonCode.RunClosed),
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

    private static RaceState JoiningOn(RaceState race, string proverId, string session) => Become(race, RunRules.Joining(race.Run, proverId, session));

    private static RaceState JoinedOn(RaceState race, string proverId, string session, string account, DateTimeOffset now) =>
        Become(race, RunRules.Joined(race.Run, proverId, session, account, now));

    private static RaceState JoinRefusedOn(RaceState race, string proverId, Refusal refusal, bool isFirstAttempt) =>
        Become(race, RunRules.JoinRefused(race.Run, proverId, refusal, isFirstAttempt));

    private static RaceState DeclinedOn(RaceState race, string proverId, string session, ReasonCode reason, DateTimeOffset now) =>
        Become(race, RunRules.Declined(race.Run, proverId, session, reason, now));

    private static RaceState DisqualifiedOn(RaceState race, string proverId, ReasonCode reason, string detail, DateTimeOffset now) =>
        Become(race, RunRules.Disqualified(race.Run, proverId, reason, detail, now));

    private static RaceState ConcludedOn(RaceState race, ReasonCode cause, DateTimeOffset now) => Become(race, RunRules.Concluded(race.Run, cause, now));

    private static RaceState WonOn(RaceState race, string proverId, Bytes proof, DateTimeOffset receivedAt, DateTimeOffset verifiedAt) =>
        RaceRules.Verified(race, new AcceptedProof { ProverId = proverId, Proof = proof, ReceivedAt = receivedAt, VerifiedAt = verifiedAt });

    private static Refusal? CheckSubmissionOn(RaceState race, string proverId, string session, Bytes publicInputs, Bytes proof, DateTimeOffset now) =>
        RunRules.CheckSubmission(race.Run, proverId, session, publicInputs, proof, now);

    private static RaceState Become(RaceState race, RunState run) => ReferenceEquals(run, race.Run) ? race : race.With(run);

    private static void Throws(Func<RaceState> transition) => Assert.Throws<InvalidOperationException>(transition);

    private static (RequestPhase Phase, ReasonCode Reason, string? ProverId, string Detail) Last(RaceState race) =>
        (race.Events[^1].Phase, race.Events[^1].Reason, race.Events[^1].ProverId, race.Events[^1].Detail);

    private static RaceState Started(params (string, string)[] parameters) => RaceRules.Start(Samples.Order(parameters), Now).State!;

    private static RaceState Racing(RaceState race, string proverId) => Joined(JoiningOn(race, proverId, "s1"), proverId);

    private static RaceState Joined(RaceState race, string proverId) => JoinedOn(race, proverId, "s1", $"{proverId}-account", Now);

    private static RaceState Decline(RaceState race, string proverId) => DeclinedOn(race, proverId, "s1", ReasonCode.PriceBelowAsk, Now);

    private static RaceState Disqualify(RaceState race, string proverId) =>
        DisqualifiedOn(race, proverId, ReasonCode.ProofInvalid, "pairing failed", Now);

    private static Refusal? Submit(RaceState race, string proverId, string session, DateTimeOffset at) =>
        CheckSubmissionOn(race, proverId, session, race.Order.PublicInputs, Proof, at);

    private static LeaseEnding Ending(string proverId, LeaseOutcome outcome, ReasonCode reason) => new()
    {
        ProverId = proverId, Outcome = outcome, Reason = reason, Bond = Credits.Whole(3), Deadline = Samples.Hard,
    };
}
