using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Elections;

public sealed class ElectionRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Beacon Beacon = new() { Source = "test", Value = Bytes.Utf8("a beacon") };
    private static readonly ImmutableArray<ElectionCandidate> Six = [.. Enumerable.Range(1, 6).Select(i => Candidate($"p{i}"))];

    [Fact]
    public void Randomness_is_committed_to_at_the_start_and_shown_with_the_draw()
    {
        var state = Started();
        Assert.Equal([TranscriptKind.Opened, TranscriptKind.BeaconCommitted], state.Run.Transcript.Select(entry => entry.Kind));
        Assert.Equal($"test {Beacon.Commitment}", state.Run.Transcript[1].Value);
        Assert.DoesNotContain(Convert.ToHexStringLower(Beacon.Value.Span), string.Concat(state.Run.Transcript.Select(entry => entry.Value)));
        Assert.Equal(Now, ElectionRules.NextAt(state.Run, state.Election));

        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, Six, Now);
        Assert.Equal(Convert.ToHexStringLower(Beacon.Value.Span), run.Transcript[2].Value);
        Assert.Equal("p1/10000000/500000", run.Transcript[3].Value.Split(' ')[0]);
        Assert.Equal(string.Join(' ', election.Waiting), run.Transcript[4].Value);
        Assert.Equal<string>(Draw.Rank(Draw.SeedOf(Beacon.Value, "request-1", 0), Six, 100)[..3], election.Waiting);
        Assert.Null(election.Beacon);
        Assert.Null(TranscriptRules.FirstBroken(run.Transcript));
    }

    [Fact]
    public void A_draw_without_committed_randomness_or_candidates_is_a_mistake()
    {
        var state = Started();
        Assert.Throws<InvalidOperationException>(() => ElectionRules.Drawn(state.Run, state.Election, [], Now));
        Assert.Throws<InvalidOperationException>(() => ElectionRules.Drawn(state.Run, state.Election with { Beacon = null }, Six, Now));
    }

    [Fact]
    public void As_many_are_called_as_there_are_seats_and_only_they_may_join()
    {
        var (run, election) = Called(("backups", "1"));
        var called = Assert.Single(ElectionRules.ToReserve(run, Now)).ProverId;
        Assert.Equal(0, ElectionRules.FreeSeats(run, election));
        Assert.Null(ElectionRules.CheckJoin(run, called, Now));
        Assert.Equal(ReasonCode.NotElected, ElectionRules.CheckJoin(run, election.Waiting[0], Now)?.Code);
        Assert.Equal(ReasonCode.NotElected, ElectionRules.CheckJoin(run, "stranger", Now)?.Code);
        Assert.Equal((run, election), ElectionRules.Called(run, election, Now));
    }

    [Fact]
    public void Whoever_does_not_answer_in_time_makes_room_without_losing_its_bond()
    {
        var (run, election) = Called(("answerWindow", "5"), ("bond", "3"));
        (run, var first) = Offer(run, election);
        Assert.Equal(Now.AddSeconds(5), ElectionRules.NextAt(run, election));
        Assert.Empty(ElectionRules.Silent(run, Now.AddSeconds(5).AddTicks(-1)));
        Assert.Equal<string>([first], ElectionRules.Silent(run, Now.AddSeconds(5)));

        run = RunRules.Lapsed(run, first, Now.AddSeconds(5));
        Assert.Equal(ReasonCode.ProverExcluded, ElectionRules.CheckJoin(run, first, Now)?.Code);
        Assert.Equal(1, ElectionRules.FreeSeats(run, election));
        Assert.Equal(Now, ElectionRules.NextAt(run, election));
        var ended = RunRules.Concluded(run, ReasonCode.None, Samples.Hard).Report!;
        Assert.Equal((ReasonCode.NobodyJoined, LeaseOutcome.Lapse, ReasonCode.LeaseLapsed), (ended.Reason, ended.Leases[0].Outcome, ended.Leases[0].Reason));
    }

    [Fact]
    public void A_decline_costs_nothing_and_calls_the_next_at_once()
    {
        var (run, election) = Called();
        (run, var first) = Offer(run, election);
        run = RunRules.Declined(run, first, "s1", ReasonCode.PriceBelowAsk, Now.AddSeconds(1));
        Assert.Equal(Now, ElectionRules.NextAt(run, election));
        var second = election.Waiting[0];
        (run, election) = ElectionRules.Called(run, election, Now.AddSeconds(1));
        Assert.Equal(second, Assert.Single(ElectionRules.ToReserve(run, Now)).ProverId);
        Assert.Equal(LeaseOutcome.Decline, RunRules.EndingOf(run, run.Participants[first], hasProof: false, deadlinePassed: false).Outcome);
    }

    [Fact]
    public void Whoever_misses_its_own_deadline_loses_its_bond_and_makes_room()
    {
        var (run, election) = Called(("deliveryTime", "20"), ("bond", "3"));
        (run, var first) = Offer(run, election);
        run = RunRules.Joined(run, first, "s1", "account", Now.AddSeconds(1));
        var deadline = Now.AddSeconds(25);
        Assert.Equal(deadline.AddTicks(1), ElectionRules.NextAt(run, election));
        Assert.Null(RunRules.CheckSubmission(run, first, "s1", Bytes.Empty, Bytes.Empty, deadline));
        Assert.Empty(ElectionRules.Late(run, deadline));
        Assert.Equal<string>([first], ElectionRules.Late(run, deadline.AddTicks(1)));
        run = RunRules.Missed(run, first, deadline.AddTicks(1));
        Assert.Equal(ReasonCode.LeaseMissing, RunRules.CheckSubmission(run, first, "s1", Bytes.Empty, Bytes.Empty, deadline.AddTicks(1))?.Code);
        var ending = RunRules.EndingOf(run, run.Participants[first], hasProof: true, deadlinePassed: false);
        Assert.Equal((LeaseOutcome.Miss, Credits.Whole(3), deadline), (ending.Outcome, ending.Bond, ending.Deadline));
        Assert.Equal(1, ElectionRules.FreeSeats(run, election));
    }

    [Fact]
    public void Whoever_the_registry_refuses_makes_room()
    {
        var (run, election) = Called();
        var first = ElectionRules.ToReserve(run, Now)[0].ProverId;
        run = ElectionRules.NotReserved(run, first, Refusal.Of(ReasonCode.SlotsFull, "slots"), Now, Now);
        Assert.Empty(ElectionRules.ToReserve(run, Now));
        Assert.Equal(ReasonCode.NotElected, ElectionRules.CheckJoin(run, first, Now)?.Code);
        Assert.Equal(Now, ElectionRules.NextAt(run, election));
    }

    /// <summary>Its answer was lost, it was given up, and the end of its lease came first: the registry will never grant that lease.</summary>
    [Fact]
    public void Whose_lease_has_ended_already_is_not_drawn_again()
    {
        var (run, election) = Called();
        var first = ElectionRules.ToReserve(run, Now)[0].ProverId;
        run = ElectionRules.NotReserved(run, first, Refusal.Of(ReasonCode.LeaseEnded, "leaseId"), Now, Now);
        Assert.DoesNotContain(ElectionRules.Drawable(run, Six, Now.AddHours(1), Second), candidate => candidate.ProverId == first);
        Assert.Equal(1, ElectionRules.FreeSeats(run, election));
    }

    [Fact]
    public void Whose_session_the_registry_does_not_know_is_waited_for_as_long_as_it_has_to_answer()
    {
        var (run, election) = Called(("answerWindow", "5"));
        var first = ElectionRules.ToReserve(run, Now)[0].ProverId;
        var unknown = Refusal.Of(ReasonCode.SessionUnknown, "session");
        run = ElectionRules.NotReserved(run, first, unknown, Now, Now.AddSeconds(1));
        Assert.Empty(ElectionRules.ToReserve(run, Now));
        Assert.Equal(Now.AddSeconds(1), ElectionRules.NextAt(run, election));
        Assert.Equal(first, Assert.Single(ElectionRules.ToReserve(run, Now.AddSeconds(1))).ProverId);
        run = ElectionRules.NotReserved(run, first, unknown, Now.AddSeconds(4.5), Now.AddSeconds(5.5));
        Assert.Equal(Now.AddSeconds(5), ElectionRules.NextAt(run, election));
        Assert.Equal(0, ElectionRules.FreeSeats(run, election));
        run = ElectionRules.NotReserved(run, first, unknown, Now.AddSeconds(5), Now.AddSeconds(6));
        Assert.Equal(1, ElectionRules.FreeSeats(run, election));
    }

    [Fact]
    public void When_all_drawn_have_been_called_another_draw_takes_other_randomness_and_nobody_twice()
    {
        var (run, election) = Called(("backups", "0"));
        var first = ElectionRules.ToReserve(run, Now)[0].ProverId;
        run = ElectionRules.NotReserved(run, first, Refusal.Of(ReasonCode.SlotsFull, "slots"), Now, Now);
        Assert.True(election.Waiting.IsEmpty);
        Assert.Null(election.Beacon);
        (run, election) = ElectionRules.Committed(run, election, Beacon with { Value = Bytes.Utf8("another") }, Now.AddSeconds(3));
        Assert.Equal(Now.AddSeconds(3), ElectionRules.NextAt(run, election));
        Assert.Equal(5, ElectionRules.Drawable(run, Six, Now, Second).Length);
        var drawable = ElectionRules.Drawable(run, Six, Now.AddSeconds(3), Second);
        Assert.Equal(6, drawable.Length); // whose lease could not be reserved may be drawn once more
        run = RunRules.Calling(run, first, null, Now.AddSeconds(9));
        Assert.Equal(5, ElectionRules.Drawable(run, Six, Now.AddSeconds(3), Second).Length);
        run = ElectionRules.NotReserved(run, first, Refusal.Of(ReasonCode.SlotsFull, "slots"), Now, Now);
        Assert.Equal(Now.AddSeconds(9), ElectionRules.NextAt(run, ElectionRules.LookedInVain(election, Now.AddSeconds(9))));
        Assert.Null(ElectionRules.NextAt(run, ElectionRules.LookedInVain(election, Samples.Hard)));
    }

    /// <summary>It is eligible whenever the run looks, and has no slot when its lease is reserved.</summary>
    [Fact]
    public void Whose_lease_is_refused_time_and_again_is_drawn_ever_less_often_and_the_draws_follow()
    {
        var run = RunRules.Opened(Samples.Order(), Credits.Zero, Now);
        var election = new Election { Terms = new ElectionTerms { Seats = 1 } };
        var draws = 0;
        for (var now = Now; now < Now.AddDays(1); now += 15 * Second)
        {
            if (ElectionRules.Drawable(run, Six[..1], now, Second) is not { IsEmpty: false } drawable) continue;
            (run, election) = ElectionRules.Committed(run, election, Beacon, now);
            (run, election) = ElectionRules.Drawn(run, election, drawable, now);
            (run, election) = ElectionRules.Called(run, election, now);
            run = ElectionRules.NotReserved(run, "p1", Refusal.Of(ReasonCode.SlotsFull, "slots"), now, now);
            draws++;
        }

        Assert.Equal(CallingRules.MostRefusals, draws);
        Assert.Equal<ElectionCandidate>(Six[1..], ElectionRules.Drawable(run, Six, Now.AddDays(1), Second));
        Assert.Null(ElectionAudit.Check(run.Order, election.Terms, run.Transcript));
    }

    /// <summary>Whoever is drawn may let it go at once, and each draw enters whose stake has changed.</summary>
    [Fact]
    public void However_many_let_it_go_candidates_take_up_a_bounded_part_of_the_transcript()
    {
        var (run, election) = (RunRules.Opened(Samples.Order(), Credits.Zero, Now), new Election { Terms = new ElectionTerms { Seats = 1 } });
        var many = Enumerable.Range(0, 10_000).Select(i => Candidate($"{new string('p', 90)}-{i}")).ToArray();
        var draws = 0;
        while (ElectionRules.Drawable(run, [.. many.Select(one => one with { Stake = Credits.Whole(draws + 1) })], Now, Second) is { IsEmpty: false } drawable)
        {
            (run, election) = ElectionRules.Committed(run, election, Beacon, Now);
            (run, election) = ElectionRules.Drawn(run, election, drawable, Now);
            foreach (var drawn in election.Waiting)
            {
                run = RunRules.Calling(run, drawn, terms: null, Now);
                run = RunRules.Lapsed(run, drawn, Now);
            }
            Assert.True(++draws < 100);
        }
        Assert.InRange(run.Transcript.Sum(entry => entry.Value.Length), ElectionRules.MostCandidatesText, 2 * ElectionRules.MostCandidatesText);
    }

    [Fact]
    public void After_a_crash_those_called_are_called_again()
    {
        var (run, election) = Called();
        (run, var first) = Offer(run, election);
        run = RunRules.NobodyTold(run, Now.AddSeconds(30), Samples.Hard);
        Assert.Equal(first, Assert.Single(ElectionRules.ToReserve(run, Now)).ProverId);
        Assert.Equal(Now, ElectionRules.NextAt(run, election));
        run = RunRules.Joined(run, first, "s1", "account", Now);
        Assert.Same(run, RunRules.NobodyTold(run, Now, Samples.Hard));
    }

    [Fact]
    public void The_elected_prover_is_paid_the_posted_price_however_late()
    {
        var state = RandomElectionRules.Start(Order(RandomElectionParameters.MechanismName, ("price", "7")), Beacon, Now).State!;
        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, Six, Now);
        (run, election) = ElectionRules.Called(run, election, Now);
        (run, var elected) = Offer(run, election);
        run = RunRules.Joined(run, elected, "s1", "account", Now);
        var proof = new AcceptedProof { ProverId = elected, Proof = Bytes.Utf8("proof"), ReceivedAt = Samples.Hard, VerifiedAt = Samples.Hard };
        var report = RandomElectionRules.Verified(state.With(run, election), proof).Run.Report!;
        Assert.Equal((ReasonCode.Won, Credits.Whole(7)), (report.Reason, Assert.Single(report.Payments).Amount));
    }

    [Fact]
    public void Parameters_are_refused_by_name_and_range()
    {
        Assert.Equal(ReasonCode.ParameterUnknown, RandomElectionRules.Start(Order(RandomElectionParameters.MechanismName, ("reward", "1")), Beacon, Now).Refusal?.Code);
        Assert.All(RandomElectionParameters.Listing, parameter => Assert.Equal(
            Invalid(parameter.Name), RandomElectionRules.Start(Order(RandomElectionParameters.MechanismName, (parameter.Name, "?")), Beacon, Now).Refusal!.Field));
        Assert.All(ElectedRaceParameters.Listing, parameter => Assert.Equal(
            Invalid(parameter.Name), ElectedRaceRules.Start(Order(ElectedRaceParameters.MechanismName, (parameter.Name, "?")), Beacon, Now).Refusal!.Field));
        Assert.Equal(
            "mechanism.elected", ElectedRaceRules.Start(Order(ElectedRaceParameters.MechanismName, ("elected", "2"), ("winners", "3")), Beacon, Now).Refusal!.Field);

        static string Invalid(string name) => $"mechanism.{name}";
    }

    [Fact]
    public void An_elected_race_without_seats_is_a_race()
    {
        var state = ElectedRaceRules.Start(Order(ElectedRaceParameters.MechanismName, ("elected", "0")), Beacon, Now).State!;
        Assert.Null(ElectedRaceRules.CheckJoin(state, "anybody", Now));
        Assert.Null(ElectedRaceRules.NextAt(state));
        var elected = ElectedRaceRules.Start(Order(ElectedRaceParameters.MechanismName), Beacon, Now).State!;
        Assert.Equal(ReasonCode.NotElected, ElectedRaceRules.CheckJoin(elected, "anybody", Now)?.Code);
        Assert.Equal(3, elected.Election.Terms.Seats);
    }

    private static RandomElectionState Started(params (string, string)[] parameters) =>
        RandomElectionRules.Start(Order(RandomElectionParameters.MechanismName, parameters.Length == 0 ? [("backups", "2")] : parameters), Beacon, Now).State!;

    private static (RunState Run, Election Election) Called(params (string, string)[] parameters)
    {
        var state = Started(parameters);
        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, Six, Now);
        return ElectionRules.Called(run, election, Now);
    }

    private static (RunState Run, string Prover) Offer(RunState run, Election election)
    {
        var prover = ElectionRules.ToReserve(run, Now)[0].ProverId;
        return (RunRules.Offered(run, prover, "s1", $"{prover}-account", ElectionRules.AnswerBy(run, election, Now), Now), prover);
    }

    private static RunOrder Order(string mechanism, params (string, string)[] parameters) =>
        Samples.Order(parameters) with { Mechanism = Samples.Choice(parameters) with { Name = mechanism } };

    private static ElectionCandidate Candidate(string prover) => new() { ProverId = prover, Stake = Credits.Whole(10), ReputationPpm = 500_000 };
}
