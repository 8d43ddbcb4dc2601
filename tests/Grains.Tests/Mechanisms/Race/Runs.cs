using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

/// <summary>Races without a request behind them, which nobody ends at the deadline.</summary>
internal static class Runs
{
    public static async Task<RunOrder> OrderAsync(this MarketCluster market, string requestId, params (string Name, string Value)[] parameters)
    {
        var spec = market.Spec(requestId);
        return new RunOrder
        {
            RequestId = requestId,
            Stage = 0,
            Mechanism = RaceOf(parameters),
            Program = (await market.Program(spec.ProgramId).GetAsync()).Program!,
            PublicInputs = spec.PublicInputs,
            MaxPrice = spec.MaxPrice,
            SoftDeadline = spec.SoftDeadline,
            HardDeadline = spec.HardDeadline,
            Constraints = spec.Constraints,
            Account = spec.Account,
        };
    }

    public static async Task<IRaceRunGrain> StartRunAsync(this MarketCluster market, RunOrder order)
    {
        var run = market.Grains.GetGrain<IRaceRunGrain>(GrainKeys.Run(order.RequestId, order.Stage));
        Assert.Null((await run.StartAsync(order, Bytes.Empty)).Refusal);
        return run;
    }

    public static async Task<IRaceRunGrain> StartRunAsync(this MarketCluster market, string requestId, params (string Name, string Value)[] parameters) =>
        await market.StartRunAsync(await market.OrderAsync(requestId, parameters));
}
