using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Benchmarks.Micro.Routing;

/// <summary>One decision of the router on what it knows, all instances of all mechanisms; and once for each renewal, the supply made ready.</summary>
[InProcess]
[WarmupCount(5)]
[IterationCount(20)]
[IterationTime(100)]
[MemoryDiagnoser]
[MinColumn]
[MedianColumn]
public class RoutingBenchmarks
{
    private static readonly ProgramSummary Program = new()
    {
        ProgramId = new string('a', 64), ProofSystem = "groth16", Name = "sample", Work = new WorkUnits(10_000), PublicInputs = 1,
    };

    private static readonly ImmutableArray<Contender> Contenders =
    [
        .. BuiltInMechanisms.All.SelectMany(mechanism => mechanism.Instances, (mechanism, instance) => new Contender(mechanism, instance)),
    ];

    private ImmutableArray<SupplyReport> _reports = [];
    private ProgramSupply _supply = null!;
    private LearnedModel _model = LearnedModel.Untaught;
    private RouteQuestion _question = null!;
    private RouteQuestion _constrained = null!;

    /// <summary>How many provers serve the program.</summary>
    [Params(10, 100, 10_000)]
    public int Provers { get; set; }

    /// <summary>Draws the provers, and learns from a thousand outcomes.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _reports = [new SupplyReport { Provers = [.. Enumerable.Range(0, Provers).Select(n => Prover(n, random))] }];
        _supply = ProgramSupply.Of(Program, _reports, []);
        _question = new RouteQuestion
        {
            RequestId = "r1", Account = "alice", Program = Program, MaxPrice = Credits.Whole(20), UntilSoft = TimeSpan.FromMinutes(5), UntilHard = TimeSpan.FromMinutes(10),
            Weights = new QosWeights { Speed = 3, Cost = 5, Safety = 2, CensorshipResistance = 1 }, Constraints = new RequestConstraints(),
        };
        _constrained = _question with { Constraints = new RequestConstraints { Hardware = ["gpu"], MinStake = Credits.Whole(50) } };
        var statistics = MarketStatistics.Empty;
        for (var i = 0; i < 1_000; i++)
        {
            var basis = RoutePlanner.Decide(_question with { RequestId = $"x{i}" }, _supply, LearnedModel.Untaught, Contenders).Decision.Basis!;
            statistics = LearningRules.After(statistics, new RouteOutcome
            {
                RequestId = $"x{i}", Account = $"a{i % 10}", ProgramId = Program.ProgramId, Basis = basis, Succeeded = i % 10 > 0, Took = TimeSpan.FromSeconds(5 + (i % 20)), Paid = basis.Price,
            });
        }
        _model = new LearnedModel(statistics);
    }

    /// <summary>A decision.</summary>
    [Benchmark]
    public RouteResult Decide() => RoutePlanner.Decide(_question, _supply, _model, Contenders);

    /// <summary>A decision under constraints that leave out most provers.</summary>
    [Benchmark]
    public RouteResult DecideUnderConstraints() => RoutePlanner.Decide(_constrained, _supply, _model, Contenders);

    /// <summary>The supply of a program from what the shards report: once a second behind requests.</summary>
    [Benchmark]
    public ProgramSupply RenewSupply() => ProgramSupply.Of(Program, _reports, []);

    private static SupplyProver Prover(int n, Random random)
    {
        var stake = Credits.Whole(random.Next(10, 200));
        return new SupplyProver
        {
            ProverId = $"p{n}", Account = $"a{n}", Programs = [new SupplyRate { ProgramId = Program.ProgramId, MilliUnitsPerSecond = 200 + random.Next(4_000) }],
            AskPerUnit = new Credits(random.Next(50_000, 500_000)), Slots = 4, Busy = random.Next(5), Stake = stake, FreeStake = stake,
            ReputationPpm = random.Next(500_000, 999_000), Hardware = random.Next(3) == 0 ? ["gpu"] : [],
        };
    }
}
