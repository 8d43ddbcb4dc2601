using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Running;
using ProvingMarket.Simulation.Worlds;
using Xunit.Abstractions;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>A simulator that finds nothing proves nothing: every invariant catches the market that is broken for it, within a thousand seeds, and lets
/// the sound one pass on the same seeds.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int MostSeeds = 1_000;
    private const int Lifecycles = 40;

    public static TheoryData<string> Mutants => [.. AllMutants.List.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_broken_market_is_caught(string name)
    {
        var mutant = AllMutants.List.Single(mutant => mutant.Name == name);
        for (var seed = 1; seed <= MostSeeds; seed++)
        {
            var report = Run(mutant.World(seed, Lifecycles));
            if (report.Violations.IsEmpty) continue;
            output.WriteLine($"caught by seed {seed}: {report.Violations[0]}");
            Assert.Equal(mutant.CaughtBy, report.Violations[0].Invariant);
            Assert.Empty(Run(new WorldOptions { Seed = seed, Lifecycles = Lifecycles }).Violations);
            return;
        }
        Assert.Fail($"{MostSeeds} seeds did not catch it: {name}");
    }

    [Fact]
    public void Every_invariant_has_a_mutant() =>
        Assert.Empty(InvariantSet.Names.Except(AllMutants.List.Select(mutant => mutant.CaughtBy)));

    private static SeedReport Run(WorldOptions options)
    {
        using var world = new World(options);
        return world.Run();
    }
}
