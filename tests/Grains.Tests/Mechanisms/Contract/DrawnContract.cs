using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

/// <summary>What is promised beside by mechanisms that draw. Requests are cancelled as soon as somebody holds one, so that nobody's reputation changes; the beacon counts,
/// so a test that passes passes always. Limits are those a right draw exceeds once in a thousand beacons.</summary>
public abstract class DrawnContract : MechanismContract
{
    /// <summary>How many draws there are.</summary>
    protected const int Draws = 60;

    /// <inheritdoc/>
    protected override void AddTo(IServiceCollection services) => services.AddSingleton<IBeaconSource, CountingBeacon>();

    [Fact]
    public async Task Identical_provers_come_first_alike()
    {
        await using var market = await StartAsync();
        string[] provers = ["p1", "p2", "p3", "p4"];
        foreach (var prover in provers) await market.ProverAsync(prover, stake: 50, conduct: Conduct.Silent);

        var first = await FirstAsync(market);

        const double Expected = Draws / 4.0;
        Assert.InRange(provers.Sum(prover => Math.Pow(first.Count(drawn => drawn == prover) - Expected, 2) / Expected), 0, 16.3);
    }

    /// <summary>Who is drawn first, request by request, by the transcript of a run that somebody then works on.</summary>
    protected async Task<IReadOnlyList<string>> FirstAsync(MarketCluster market)
    {
        var first = new List<string>();
        for (var i = 0; i < Draws; i++)
        {
            var request = $"draw-{i}";
            await market.SubmitAsync(Spec(market, request));
            await market.AdvanceUntilAsync(
                async () => (await market.StatusAsync(request)).Phase == RequestPhase.Assigned, TimeSpan.FromSeconds(60), $"a prover at work on {request}");
            await market.CompleteAsync(market.Request(request).CancelAsync());
            await market.EndsAsync(request);
            first.Add(RunOf(market, $"{request}/0").Run.Transcript.First(entry => entry.Kind == TranscriptKind.Drawn).Value.Split(' ')[0]);
        }
        return first;
    }

    private sealed class CountingBeacon : IBeaconSource
    {
        private int _count;

        public Beacon Next() => new() { Source = "counting", Value = Bytes.Utf8($"beacon {Interlocked.Increment(ref _count)}") };
    }
}

/// <summary>What is promised beside by mechanisms that draw in proportion to stakes.</summary>
public abstract class DrawnByStakeContract : DrawnContract
{
    [Fact]
    public async Task A_stake_that_is_split_into_identities_comes_first_no_more_than_pro_rata()
    {
        await using var market = await StartAsync();
        await market.ProverAsync("honest", stake: 100, conduct: Conduct.Silent);
        for (var i = 0; i < 4; i++) await market.ProverAsync($"sybil-{i}", stake: 25, conduct: Conduct.Silent);

        var sybils = (await FirstAsync(market)).Count(drawn => drawn.StartsWith("sybil", StringComparison.Ordinal));

        // Half of the stake; four identities of five would be 48 of 60.
        Assert.InRange(sybils, 1, (int)((Draws / 2) + (3.1 * Math.Sqrt(Draws / 4.0))));
    }
}
