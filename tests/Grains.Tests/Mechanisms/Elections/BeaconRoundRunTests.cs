using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Elections;

/// <summary>Runs that draw with rounds of a public beacon.</summary>
public sealed class BeaconRoundRunTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    /// <summary>The round is unknown when the request is submitted, and when the candidates are: neither can be chosen for what it draws.</summary>
    [Theory]
    [InlineData("random-election", "alpha", "0")]
    [InlineData("elected-race", "elected", "2")]
    [InlineData("cooperative", "faults", "1")]
    public async Task Candidates_are_fixed_before_the_round_is_published_and_drawn_among_then(string mechanism, string parameter, string value)
    {
        await using var market = await MarketAsync(services: services => services.AddSingleton<IBeaconSource, PublicBeacon>());
        for (var i = 0; i < 4; i++) await market.ProverAsync($"early-{i}", stake: 50, conduct: Conduct.Good);
        await UntilJustPublishedAsync(market);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf(mechanism, (parameter, value)) });
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 4; i++) await market.ProverAsync($"late-{i}", stake: 500, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.All(market.Provers, prover => Assert.Null(prover.InvitedSoFar()));
        var committed = (await market.EvidenceAsync("r1")).Stages[0].Transcript.Single(entry => entry.Kind == TranscriptKind.BeaconCommitted);
        await market.AdvanceAsync(Period);

        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        var transcript = (await market.EvidenceAsync("r1")).Stages[0].Transcript;
        var publishedAt = PublicBeacon.Rounds.After(committed.At).PublishedAt!.Value;
        Assert.True(transcript.Single(entry => entry.Kind == TranscriptKind.Candidates).At <= committed.At);
        Assert.True(committed.At < publishedAt);
        var drawn = transcript.Single(entry => entry.Kind == TranscriptKind.Drawn);
        Assert.InRange(drawn.At, publishedAt, publishedAt.AddSeconds(1));
        Assert.All(drawn.Value.Split(' '), prover => Assert.StartsWith("early-", prover, StringComparison.Ordinal));
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_round_that_its_source_knows_late_is_waited_for_also_over_a_crash()
    {
        var late = TimeSpan.FromSeconds(10);
        await using var market = await MarketAsync(services: services => services.AddSingleton<IBeaconSource>(known => new PublicBeacon(known.GetRequiredService<TimeProvider>()) { Late = late }));
        var prover = await market.ProverAsync("p1", stake: 50, conduct: Conduct.Good);
        await UntilJustPublishedAsync(market);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("random-election") });
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        await market.KillAsync();
        await market.StartAgainAsync();
        await prover.ConnectAsync();
        await market.AdvanceAsync(Period - TimeSpan.FromSeconds(6) + late);
        Assert.DoesNotContain((await market.EvidenceAsync("r1")).Stages[0].Transcript, entry => entry.Kind == TranscriptKind.Drawn);
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("p1", (await market.EndsAsync("r1")).ProverId);
        Assert.Single((await market.EvidenceAsync("r1")).Stages[0].Transcript, entry => entry.Kind == TranscriptKind.BeaconCommitted);
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    /// <summary>When nobody can be drawn there is nothing to commit to.</summary>
    [Fact]
    public async Task A_round_is_committed_to_when_there_is_somebody_to_draw()
    {
        await using var market = await MarketAsync(services: services => services.AddSingleton<IBeaconSource, PublicBeacon>());
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("random-election") });
        await market.AdvanceAsync(Period * 2);
        Assert.DoesNotContain((await market.EvidenceAsync("r1")).Stages[0].Transcript, entry => entry.Kind == TranscriptKind.BeaconCommitted);
        await market.ProverAsync("p1", stake: 50, conduct: Conduct.Good);
        await market.AdvanceAsync(Period * 2);
        Assert.Equal("p1", (await market.EndsAsync("r1")).ProverId);
    }

    private static Task UntilJustPublishedAsync(MarketCluster market) =>
        market.AdvanceToAsync(PublicBeacon.Rounds.After(market.Now).PublishedAt!.Value + TimeSpan.FromSeconds(1));

    /// <summary>Publishes a round every period; <see cref="Late"/> after that this source knows it.</summary>
    private sealed class PublicBeacon(TimeProvider time) : IBeaconSource
    {
        public static readonly BeaconSchedule Rounds = new() { Source = "public", FirstAt = DateTimeOffset.UnixEpoch, Period = Period };

        public TimeSpan Late { get; init; }

        public Beacon Next() => Rounds.After(time.GetUtcNow());

        public Bytes? ValueOf(Beacon round) => time.GetUtcNow() >= round.PublishedAt + Late ? Bytes.Utf8($"round {round.Round}") : null;
    }
}
