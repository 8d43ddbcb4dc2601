using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

/// <summary>A request and the provers it meets.</summary>
public sealed record RoutingSample(RouteQuestion Question, ProgramSupply Supply, int Provers, double Hard);

/// <summary>Draws requests and supplies all over their ranges.</summary>
internal static class Questions
{
    public static Arbitrary<RoutingSample> Arbitrary { get; } = Gen.Choose(0, int.MaxValue - 1).Select(Draw).ToArbitrary();

    public static RoutingSample Draw(int seed)
    {
        var random = new Random(seed);
        var provers = Enumerable.Range(0, random.Next(0, 40)).Select(n => Prover(
            n, Logarithmic(random, 0.01, 10_000), (decimal)Logarithmic(random, 1e-5, 50) * random.Next(2), random.NextDouble(), random.Next(0, 200), 1 + random.Next(4), random.Next(2),
            random.Next(3) == 0 ? ["gpu"] : []));
        var hard = Logarithmic(random, 0.2, 100_000);
        var question = Question(
            new QosWeights { Speed = random.Next(11), Cost = random.Next(11), Safety = random.Next(11), CensorshipResistance = random.Next(1, 11) },
            $"r{seed}", hard * random.NextDouble(), hard, (decimal)Logarithmic(random, 1e-5, 1_000),
            new RequestConstraints { MinRedundancy = 1 + (random.Next(3) == 0 ? random.Next(6) : 0), Hardware = random.Next(5) == 0 ? ["gpu"] : [], MinStake = Money(random.Next(4) == 0 ? 50 : 0) },
            random.Next(2) == 0 ? null : Logarithmic(random, 0.001, 100_000));
        var all = provers.ToArray();
        return new RoutingSample(question, Supply(all), all.Length, hard);
    }

    private static double Logarithmic(Random random, double least, double most) => Math.Exp(Math.Log(least) + (random.NextDouble() * Math.Log(most / least)));
}
