using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Routes requests that name their mechanism.</summary>
[StatelessWorker]
internal sealed class MechanismRouterGrain(MechanismCatalog catalog) : Grain, IMechanismRouterGrain
{
    public Task<RouteAnswer> RouteAsync(RouteQuery query) => Task.FromResult(Route(query));

    public Task<ImmutableArray<MechanismListing>> ListMechanismsAsync() => Task.FromResult<ImmutableArray<MechanismListing>>(
    [
        .. catalog.All.Select(mechanism => new MechanismListing
        {
            Name = mechanism.Name, Summary = mechanism.Summary, Parameters = mechanism.Parameters,
        }),
    ]);

    private RouteAnswer Route(RouteQuery query)
    {
        if (query.Mechanism is not { } choice)
            return new RouteAnswer { Refusal = Refusal.Of(ReasonCode.MechanismMissing, "mechanism", "one of " + string.Join(", ", catalog.All.Select(m => m.Name))) };
        var (mechanism, refusal) = catalog.Find(choice.Name);
        refusal ??= mechanism!.Check(choice, query.MaxPrice, query.Constraints);
        return refusal is not null
            ? new RouteAnswer { Refusal = refusal }
            : new RouteAnswer { Plan = new RoutePlan { Stages = [choice], Explanation = $"the requester named {choice.Name}" } };
    }
}
