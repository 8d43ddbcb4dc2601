using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

public sealed class AnnouncementTests
{
    /// <summary>At the deadline it is too late for everybody, which says nothing about why nobody came.</summary>
    [Fact]
    public async Task At_the_deadline_nobody_is_looked_for_any_more()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("no-gpu", stake: 50);
        await market.ProverAsync("poor", stake: 2, offer: Offer("poor") with { Hardware = ["gpu"] });
        var order = await market.OrderAsync("r1", ("bond", "5"));
        var run = await market.StartRunAsync(order with { Constraints = new RequestConstraints { Hardware = ["gpu"] } });

        await market.AdvanceAsync(HardIn + TimeSpan.FromMinutes(1));

        Assert.Equal(
            new Dictionary<ReasonCode, int> { [ReasonCode.HardwareMissing] = 1, [ReasonCode.StakeInsufficient] = 1 },
            (await run.GetProgressAsync()).LeftOut.ToDictionary());
    }
}
