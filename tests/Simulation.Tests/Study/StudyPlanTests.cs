using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Tests.Study;

/// <summary>What the worlds of a seed have in common is common, and is what the study says it is.</summary>
public sealed class StudyPlanTests
{
    private const int Requests = 2_000;

    [Fact]
    public void A_seed_decides_everything_and_another_decides_otherwise()
    {
        var (first, again, other) = (Plan(7), Plan(7), Plan(8));
        Assert.Equal(first.Supply.Provers.AsEnumerable(), again.Supply.Provers);
        Assert.Equal(first.Demand.Requests.Select(Visible), again.Demand.Requests.Select(Visible));
        Assert.NotEqual(first.Supply.Provers.AsEnumerable(), other.Supply.Provers);
        Assert.NotEqual(first.Demand.Requests.Select(Visible), other.Demand.Requests.Select(Visible));
    }

    [Fact]
    public void Arrivals_and_sizes_do_not_depend_on_the_population()
    {
        var (mixed, alone) = (Plan(7), Plan(7, "bridge"));
        Assert.Equal(mixed.Demand.Requests.Select(request => (request.At, request.Size)), alone.Demand.Requests.Select(request => (request.At, request.Size)));
        Assert.All(alone.Demand.Requests, request => Assert.Equal("bridge", request.Persona.Name));
        Assert.Equal(Personas.All.Length, mixed.Demand.Requests.Select(request => request.Persona.Name).Distinct().Count());
    }

    [Fact]
    public void What_a_prover_does_with_a_request_does_not_depend_on_what_it_did_before()
    {
        var plan = Plan(7);
        var pairs = plan.Supply.Provers.Take(20).SelectMany(prover => plan.Demand.Requests.Take(20).Select(request => (prover, request))).ToArray();
        var forwards = pairs.Select(pair => StudyBackend.Draw(7, pair.prover, pair.request)).ToArray();
        var backwards = pairs.Reverse().Select(pair => StudyBackend.Draw(7, pair.prover, pair.request)).Reverse().ToArray();
        Assert.Equal(forwards, backwards);
        Assert.True(forwards.Select(draw => draw.Duration).Distinct().Count() > 300);
    }

    [Fact]
    public void The_supply_has_the_provers_that_are_described()
    {
        var provers = Plan(7).Supply.Provers;
        Assert.Equal(
            [(StudyConduct.Honest, 90), (StudyConduct.Invalid, 4), (StudyConduct.Silent, 3), (StudyConduct.Slow, 3)],
            provers.CountBy(prover => prover.Conduct).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.InRange(provers.Count(prover => prover.Censorship != Censorship.None), 20, 25);
        Assert.True(provers.Max(prover => prover.MilliUnitsPerSecond) > 10 * provers.Min(prover => prover.MilliUnitsPerSecond));
    }

    [Fact]
    public void The_day_has_more_requests_in_its_first_half_and_the_mean_load_is_kept()
    {
        var plans = Enumerable.Range(1, 6).Select(seed => Plan(seed)).ToArray();
        var (day, night) = (0, 0);
        foreach (var plan in plans)
        {
            var length = plan.Demand.Day;
            day += plan.Demand.Requests.Count(request => request.At.Ticks % length.Ticks < length.Ticks / 2);
            night += plan.Demand.Requests.Count(request => request.At.Ticks % length.Ticks >= length.Ticks / 2);
        }
        Assert.True(day > 1.3 * night, $"{day} by day, {night} by night");
        var load = plans.Average(plan => plan.Demand.Requests.Sum(request => request.Size.Milli / 1000.0) / plan.Demand.Requests[^1].At.TotalSeconds / plan.Supply.Capacity);
        Assert.InRange(load, 0.8 * StudyDemand.Load, 1.25 * StudyDemand.Load);
    }

    [Fact]
    public void A_sequencer_ends_with_the_epoch_and_nobody_is_left_less_than_its_least_time()
    {
        var plan = Plan(7, "sequencer");
        var solo = JobSizes.Median / plan.Supply.MedianSpeed;
        foreach (var request in plan.Demand.Requests)
        {
            var epochs = (request.At + request.Hard).TotalSeconds / (4 * solo);
            Assert.Equal(Math.Round(epochs), epochs, 4);
            Assert.True(request.Soft < request.Hard && request.Soft > TimeSpan.Zero);
            Assert.True(request.Hard.TotalSeconds >= 1.5 * request.Program.Work.Milli / 1000 / plan.Supply.MedianSpeed * 0.999);
        }
    }

    private static (TimeSpan At, long Size, string Persona, long Price, string Account) Visible(StudyRequest request) =>
        (request.At, request.Size.Milli, request.Persona.Name, request.MaxPrice.Micro, request.Account);

    private static StudyPlan Plan(long seed, string population = Personas.Mixed) =>
        StudyPlan.Draw(seed, population, JobSizes.BuiltIn, Requests, StudySupply.StandardProvers);
}
