using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using static ProvingMarket.Domain.Tests.Mechanisms.Runs.Races;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

/// <summary>How provers take part in runs: joining, leases, what can be submitted.</summary>
public sealed class RunRulesTests
{
    private static readonly Refusal SessionUnknown = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session", "stranger");

    [Fact]
    public void Starts_with_the_parameters_of_the_order()
    {
        var (state, refusal) = RaceRules.Start(Samples.Order(("reward", "7"), ("bond", "3")), Now);
        Assert.Null(refusal);
        Assert.Equal((Credits.Whole(7), Credits.Whole(3)), (state!.Parameters.Prize.Reward, state.Parameters.Bond));
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

    [Fact]
    public void Who_is_unknown_or_was_refused_has_no_reservation_under_way()
    {
        var joining = JoiningOn(Started(), "p1", "s1");
        Assert.True(RunRules.IsFirstAttempt(Started().Run, "p1"));
        Assert.False(RunRules.IsFirstAttempt(joining.Run, "p1"));
        Assert.True(RunRules.IsFirstAttempt(JoinRefusedOn(joining, "p1", SessionUnknown, isFirstAttempt: true).Run, "p1"));
        Assert.False(RunRules.IsFirstAttempt(JoinRefusedOn(joining, "p1", SessionUnknown, isFirstAttempt: false).Run, "p1"));
        Assert.False(RunRules.IsFirstAttempt(Racing(Started(), "p1").Run, "p1"));
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
        Assert.Equal(Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed) with { Account = "" }, Assert.Single(ended.Leases));

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
            Ending("p1", LeaseOutcome.Cancel, ReasonCode.RunClosed) with { Account = "" }, Assert.Single(ConcludedOn(again, ReasonCode.None, Samples.Hard).Report!.Leases));
    }

    [Fact]
    public void Only_who_works_can_say_that_the_input_cannot_be_proved()
    {
        var race = Racing(JoiningOn(Started(), "p1", "s1"), "p2");
        foreach (var id in new[] { "p1", "p2" }) race = DeclinedOn(race, id, "s1", ReasonCode.InputRejected, Now);
        Assert.Equal((ReasonCode.LeaseMissing, ReasonCode.InputRejected), (race.Participants["p1"].Reason, race.Participants["p2"].Reason));
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
    public void However_many_come_and_go_a_run_knows_a_bounded_number_of_provers()
    {
        var race = Racing(Started(), "stays");
        for (var i = 0; i < 2 * MarketLimits.RunParticipants && RaceRules.CheckJoin(race, $"p{i}", Now) is null; i++) race = Decline(Racing(race, $"p{i}"), $"p{i}");
        Assert.Equal(MarketLimits.RunParticipants, race.Participants.Count);
        Assert.Equal(
            Refusal.Of(ReasonCode.RunFull, "participants", "fewer than 512 that have come or gone", "512"), RaceRules.CheckJoin(race, "late", Now));

        // Whoever is known finds its way as before.
        Assert.Null(RaceRules.CheckJoin(race, "stays", Now));
        Assert.Equal(ReasonCode.ProverExcluded, RaceRules.CheckJoin(race, "p1", Now)?.Code);
        Assert.Equal("stays", WonOn(race, "stays", Proof, Now, Now).Report?.Proof?.ProverId);
    }

    [Fact]
    public void Provers_that_come_and_go_are_noted_for_people_up_to_a_limit_and_in_the_transcript_all_of_them()
    {
        var race = Started();
        for (var i = 0; i < 400; i++) race = Decline(Racing(race, $"p{i}"), $"p{i}");
        Assert.Equal(RunRules.MostEvents, race.Events.Length);
        foreach (var kind in new[] { TranscriptKind.Leased, TranscriptKind.Returned }) Assert.Equal(400, race.Run.Transcript.Count(entry => entry.Kind == kind));

        // What happens once is noted all the same.
        var won = WonOn(Racing(race, "winner"), "winner", Proof, Now, Now);
        Assert.Equal((RequestPhase.Verifying, ReasonCode.Won, "winner"), (Last(won).Phase, Last(won).Reason, Last(won).ProverId));
    }

    [Fact]
    public void Nobody_is_matched_or_drawn_beyond_the_provers_a_run_may_know()
    {
        var run = Started().Run;
        for (var i = 0; i < MarketLimits.RunParticipants - 1; i++) run = RunRules.Calling(run, $"p{i}", terms: null, Now);
        string[] eligible = ["p1", "new"];
        Assert.Equal("new", Assert.Single(CallingRules.Callable(run, eligible, Now, TimeSpan.FromSeconds(1))));
        Assert.Equal("new", Assert.Single(ElectionRules.Drawable(run, [.. eligible.Select(Candidate)], Now, TimeSpan.FromSeconds(1))).ProverId);

        run = RunRules.Calling(run, "last", terms: null, Now);
        Assert.Empty(CallingRules.Callable(run, eligible, Now, TimeSpan.FromSeconds(1)));
        Assert.Empty(ElectionRules.Drawable(run, [.. eligible.Select(Candidate)], Now, TimeSpan.FromSeconds(1)));

        static ElectionCandidate Candidate(string prover) => new() { ProverId = prover, Stake = Credits.Whole(10), ReputationPpm = 500_000 };
    }

    [Theory]
    [InlineData(0)]
    [InlineData(MarketLimits.IdLength + 1)]
    public void A_session_that_no_worker_has_is_refused_before_anything_is_noted(int length) =>
        Assert.Equal(RegistryRules.SessionUnknown, RunRules.CheckSession(new string('s', length)));

    [Fact]
    public void A_prover_id_that_nobody_has_is_refused_before_anything_is_noted() =>
        Assert.Equal(
            Refusal.Of(ReasonCode.ProverUnknown, "proverId", "an id of 1 to 100 characters", "101 characters"),
            RaceRules.CheckJoin(Started(), new string('p', MarketLimits.IdLength + 1), Now));

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
}
