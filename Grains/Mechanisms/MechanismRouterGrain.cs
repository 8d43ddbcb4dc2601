using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
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
        MechanismChoice[] stages = [choice, .. query.Fallbacks.Select(fallback => fallback.Mechanism)];
        foreach (var stage in stages)
        {
            var (mechanism, refusal) = catalog.Find(stage.Name);
            refusal ??= mechanism!.Check(stage, query.MaxPrice, query.Constraints);
            if (query.Statements > 0) refusal ??= mechanism!.CheckBatch(stage, query.MaxPrice, query.Constraints, query.Statements, query.Program.Work);
            if (refusal is not null) return new RouteAnswer { Refusal = refusal };
        }
        var explanation = $"the requester named {choice.Name}";
        if (stages.Length > 1) explanation += $", then {string.Join(", ", stages.Skip(1).Select(stage => stage.Name))}";
        return new RouteAnswer { Plan = new RoutePlan { Stages = [.. stages], Explanation = explanation, Fallbacks = query.Fallbacks } };
    }
}
