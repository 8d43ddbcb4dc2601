using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Elections;

/// <summary>Draws with rounds of a public beacon.</summary>
public sealed class BeaconRoundTests
{
    private static readonly DateTimeOffset Now = Samples.Now;
    private static readonly BeaconSchedule Schedule = new() { Source = "a public beacon", FirstAt = Now.AddSeconds(-100), Period = TimeSpan.FromSeconds(30) };
    private static readonly Beacon Round = Schedule.After(Now);
    private static readonly DateTimeOffset PublishedAt = Now.AddSeconds(20);
    private static readonly Bytes Value = Bytes.Utf8("what the round is");
    private static readonly ImmutableArray<ElectionCandidate> Three =
        [.. Enumerable.Range(1, 3).Select(i => new ElectionCandidate { ProverId = $"p{i}", Stake = Credits.Whole(10), ReputationPpm = 500_000 })];

    [Theory]
    [InlineData(-1, 1, 0)]
    [InlineData(0, 2, 30)]
    [InlineData(29.9999999, 2, 30)]
    [InlineData(30, 3, 60)]
    [InlineData(100, 5, 120)]
    public void The_round_is_the_first_that_is_published_after_the_time(double seconds, long round, double publishedAfter)
    {
        var next = Schedule.After(Schedule.FirstAt.AddSeconds(seconds));
        Assert.Equal((round, Schedule.FirstAt.AddSeconds(publishedAfter), 0), (next.Round, next.PublishedAt, next.Value.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule with { Period = TimeSpan.Zero });
    }

    /// <summary>Nobody who submits a request, or registers a prover, knows then what it will be drawn with.</summary>
    [Fact]
    public void Candidates_are_committed_to_with_a_round_to_come_and_drawn_among_when_it_is_published()
    {
        var (run, election) = Begun();
        Assert.Equal([TranscriptKind.Opened], run.Transcript.Select(entry => entry.Kind));
        Assert.Equal((null, (DateTimeOffset?)Now), (election.Beacon, ElectionRules.NextAt(run, election)));

        (run, election) = ElectionRules.CommittedToRound(run, election, Round, Three, Now.AddSeconds(1));
        Assert.Equal([TranscriptKind.Opened, TranscriptKind.Candidates, TranscriptKind.BeaconCommitted], run.Transcript.Select(entry => entry.Kind));
        Assert.Equal($"a public beacon round/5/{PublishedAt.UtcTicks}", run.Transcript[^1].Value);
        Assert.Equal(PublishedAt, ElectionRules.NextAt(run, election));
        Assert.Throws<InvalidOperationException>(() => ElectionRules.Drawn(run, election, Three, PublishedAt));
        Assert.Equal<ElectionCandidate>(Three, ElectionRules.CandidatesOf(run));

        (run, election) = ElectionRules.Drawn(run, ElectionRules.Published(election, Value), ElectionRules.CandidatesOf(run), PublishedAt);
        Assert.Equal<string>(Draw.Rank(Draw.SeedOf(Value, "request-1", 0), Three, 100), election.Waiting);
        Assert.Null(ElectionAudit.Check(run.Order, election.Terms, run.Transcript));
        Assert.Single(run.Transcript, entry => entry.Kind is TranscriptKind.Candidates or TranscriptKind.CandidatesChanged);
    }

    [Fact]
    public void A_round_that_is_public_already_is_no_randomness()
    {
        var (run, election) = Begun();
        Assert.Throws<ArgumentException>(() => ElectionRules.CommittedToRound(run, election, Round, Three, PublishedAt));
        Assert.Throws<InvalidOperationException>(() => ElectionRules.CommittedToRound(run, election, Round, [], Now));
    }

    [Fact]
    public void Whoever_commits_to_what_is_public_is_found() => AssertFound(
        "was public when it was committed to", PublishedAt, (TranscriptKind.Candidates, Candidates, PublishedAt), (TranscriptKind.BeaconCommitted, Commitment, PublishedAt));

    [Fact]
    public void Whoever_draws_before_the_round_is_published_is_found() => AssertFound(
        "known before it was published", PublishedAt.AddTicks(-1), (TranscriptKind.Candidates, Candidates, Now), (TranscriptKind.BeaconCommitted, Commitment, Now));

    [Theory]
    [InlineData(TranscriptKind.Candidates)]
    [InlineData(TranscriptKind.CandidatesChanged)]
    public void Whoever_chooses_the_candidates_afterwards_is_found(TranscriptKind kind) => AssertFound(
        "the candidates were chosen when", PublishedAt, (TranscriptKind.Candidates, Candidates, Now), (TranscriptKind.BeaconCommitted, Commitment, Now), (kind, Candidates, PublishedAt));

    private static string Candidates => string.Join(' ', Three.Select(candidate => $"{candidate.ProverId}/10000000/500000"));

    private static string Commitment => $"{Round.Source} {Round.Commitment}";

    /// <summary>The entries given, and a draw that gives what it should.</summary>
    private static void AssertFound(string expected, DateTimeOffset drawnAt, params (TranscriptKind Kind, string Value, DateTimeOffset At)[] entries)
    {
        var (run, election) = Begun();
        foreach (var (kind, value, at) in entries) run = RunRules.Enter(run, kind, at, value: value);
        run = RunRules.Enter(run, TranscriptKind.BeaconRevealed, drawnAt, value: Convert.ToHexStringLower(Value.Span));
        run = RunRules.Enter(run, TranscriptKind.Drawn, drawnAt, value: string.Join(' ', Draw.Rank(Draw.SeedOf(Value, "request-1", 0), Three, 100)));
        Assert.Contains(expected, ElectionAudit.Check(run.Order, election.Terms, run.Transcript)?.Finding, StringComparison.Ordinal);
    }

    private static (RunState Run, Election Election) Begun()
    {
        var order = Samples.Order() with { Mechanism = new MechanismChoice { Name = RandomElectionParameters.MechanismName } };
        var state = RandomElectionRules.Start(order, Round, Now).State!;
        return (state.Run, state.Election);
    }
}
