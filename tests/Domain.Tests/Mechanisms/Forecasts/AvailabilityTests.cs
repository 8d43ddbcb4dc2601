using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Mechanisms.Forecasts;

/// <summary>Who is free when, and what a proof costs when those who ask least are not.</summary>
public sealed class AvailabilityTests
{
    /// <summary>Beside slots that really come and go: idle and service times are exponential.</summary>
    [Theory]
    [InlineData(1, 1, 0.5, 5)]
    [InlineData(1, 0, 0.5, 5)]
    [InlineData(3, 3, 0.8, 2)]
    [InlineData(3, 1, 0.8, 8)]
    [InlineData(2, 2, 0.3, 30)]
    public void The_chance_of_a_free_slot_is_that_of_slots_that_come_and_go(int slots, int busy, double load, double seconds)
    {
        var (random, prover, free, worlds) = (new Random(7), One(slots, busy, service: 10), 0, 20_000);
        for (var world = 0; world < worlds; world++)
        {
            var any = false;
            for (var slot = 0; slot < slots; slot++)
            {
                var (isBusy, left) = (slot < busy, seconds);
                while ((left -= -Math.Log(1 - random.NextDouble()) * (isBusy ? 10 : 10 * (1 - load) / load)) > 0) isBusy = !isBusy;
                any |= !isBusy;
            }
            if (any) free++;
        }
        Assert.Equal((double)free / worlds, prover.FreeAfter(seconds, load), 0.015);
    }

    [Fact]
    public void Now_it_is_what_is_known_and_in_the_long_run_what_the_load_says()
    {
        Assert.Equal((1, 0), (One(2, 1, 10).FreeAfter(0, 0.5), One(2, 2, 10).FreeAfter(0, 0.5)));
        Assert.Equal(1 - (0.8 * 0.8), One(2, 2, 10).FreeAfter(10_000, 0.8), 9);
        Assert.Equal(One(2, 0, 10).FreeAfter(10_000, 0.8), One(2, 2, 10).FreeAfter(10_000, 0.8), 9);
        Assert.True(One(1, 1, 10).FreeingRate(0.9) < One(1, 1, 10).FreeingRate(0.2));
    }

    /// <summary>Who asks least is asked by everybody: while all work, whoever has a slot free first takes the work, and that is seldom the cheapest.</summary>
    [Theory]
    [InlineData("dutch-auction")]
    [InlineData("order-book")]
    public void When_all_are_busy_a_proof_is_not_expected_at_the_least_ask(string instance)
    {
        var (free, busy) = (Row(instance, busy: 0), Row(instance, busy: 4));
        Assert.True(busy.PriceP50 > free.PriceP50, $"{busy.PriceP50} {free.PriceP50}");
        Assert.True(busy.PriceP90.Micro - busy.PriceP50.Micro > free.PriceP90.Micro - free.PriceP50.Micro, $"{busy.PriceP90} {free.PriceP90}");
        // Nor for more than the dearest asks.
        Assert.InRange(busy.PriceP50.Micro, Money(1.2m).Micro, Money(4.8m).Micro);
    }

    /// <summary>The twenty, with so many of their four slots in use, all with an ask in the book.</summary>
    private static InstanceForecast Row(string instance, int busy)
    {
        var provers = Twenty.Select(prover => prover with { Busy = busy }).ToArray();
        var supply = ProgramSupply.Of(
            Program, [new SupplyReport { Provers = [.. provers] }],
            [.. provers.OrderBy(prover => prover.AskPerUnit).Select(prover => new Ask { AskId = prover.ProverId, ProverId = prover.ProverId, Account = prover.Account, PricePerUnit = prover.AskPerUnit, Slots = 8 })]);
        return RoutePlanner.Decide(Question(Thrifty, RoutePlanner.NothingTried, soft: 1_200, hard: 2_400), supply, LearnedModel.Untaught, Contenders).Decision.Table.Single(row => row.Instance == instance);
    }

    private static OutlookProver One(int slots, int busy, double service) =>
        new() { ProverId = "p", Account = "a", Seconds = service, Service = service, Slots = slots, Busy = busy, Price = Money(1), Success = 0.9 };
}
