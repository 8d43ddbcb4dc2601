using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Domain.Tests.Routing;

/// <summary>A program, its provers and requests for it.</summary>
internal static class RoutingSamples
{
    public static readonly ProgramSummary Program = new()
    {
        ProgramId = new string('a', 64), ProofSystem = "groth16", Name = "sample", Work = new WorkUnits(10_000), PublicInputs = 1,
    };

    /// <summary>Those of the market that the router considers.</summary>
    public static readonly ImmutableArray<IMechanism> Mechanisms = [.. BuiltInMechanisms.All.Where(mechanism => !mechanism.Instances.IsEmpty)];

    public static readonly ImmutableArray<Contender> Contenders =
        [.. Mechanisms.SelectMany(mechanism => mechanism.Instances, (mechanism, instance) => new Contender(mechanism, instance))];

    public static readonly QosWeights Arbitrage = new() { Speed = 10, Cost = 3, Safety = 1, CensorshipResistance = 1 };
    public static readonly QosWeights Rollup = new() { Speed = 3, Cost = 2, Safety = 10, CensorshipResistance = 1 };
    public static readonly QosWeights Thrifty = new() { Speed = 2, Cost = 10, Safety = 3, CensorshipResistance = 1 };

    /// <summary>A prover that takes <paramref name="seconds"/> for the program and asks <paramref name="price"/> for it.</summary>
    public static SupplyProver Prover(
        int n, double seconds, decimal price, double reputation = 0.95, decimal stake = 100, int slots = 4, int busy = 0, params string[] hardware) => new()
        {
            ProverId = $"p{n}",
            Account = $"a{n}",
            Programs = [new SupplyRate { ProgramId = Program.ProgramId, MilliUnitsPerSecond = Program.Work.Milli / seconds }],
            AskPerUnit = new Credits((long)(price * Credits.MicroPerCredit * 1000 / Program.Work.Milli)),
            Slots = slots,
            Busy = busy,
            Stake = Money(stake),
            FreeStake = Money(stake),
            ReputationPpm = (int)(reputation * 1_000_000),
            Hardware = [.. hardware],
        };

    /// <summary>Twenty provers: the faster, the dearer.</summary>
    public static ImmutableArray<SupplyProver> Twenty { get; } =
        [.. Enumerable.Range(0, 20).Select(n => Prover(n, seconds: 5 + (3 * n), price: 4 - (0.15m * n), reputation: 0.9 + (0.004 * (n % 20))))];

    public static ProgramSupply Supply(params IEnumerable<SupplyProver> provers) => ProgramSupply.Of(Program, [new SupplyReport { Provers = [.. provers] }], []);

    public static RouteQuestion Question(
        QosWeights? weights = null, string id = "r1", double soft = 120, double hard = 240, decimal maxPrice = 20, RequestConstraints? constraints = null,
        double? halfLife = null) => new()
        {
            RequestId = id,
            Account = "alice",
            Program = Program,
            MaxPrice = Money(maxPrice),
            UntilSoft = TimeSpan.FromSeconds(soft),
            UntilHard = TimeSpan.FromSeconds(hard),
            Weights = weights ?? new QosWeights(),
            Constraints = constraints ?? new RequestConstraints(),
            HalfLife = halfLife is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };

    public static Credits Money(decimal credits) => new((long)(credits * Credits.MicroPerCredit));

    /// <summary>What became of a request: its residuals are <paramref name="z"/>.</summary>
    public static RouteOutcome Outcome(string id, RouteBasis basis, bool succeeded, double z = 0, string account = "alice", decimal? paid = null) => new()
    {
        RequestId = id,
        Account = account,
        ProgramId = Program.ProgramId,
        Basis = basis,
        Succeeded = succeeded,
        Took = TimeSpan.FromMilliseconds(basis.Milliseconds * Math.Exp(z * basis.TimeSpread / 1000.0)),
        Paid = paid is { } price ? Money(price) : basis.Price,
    };
}
