using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Routing;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Takes mechanisms as they are named, and chooses for those who name none: on what its silo knows of the market, without a call to anybody while
/// that is fresh.</summary>
[StatelessWorker]
internal sealed class MechanismRouterGrain(MechanismCatalog catalog, MarketViews views) : Grain, IMechanismRouterGrain
{
    public async Task<RouteAnswer> RouteAsync(RouteQuery query)
    {
        if (query.Mechanism is { } choice) return Named(choice, query);
        if (query.Question.Statements > 0) return Batch(query.Question);
        var answer = await ChooseAsync(query.Question);
        if (answer.Decision is { IsExploring: false, Chosen: { IsFeasible: true } chosen }) views.Remember(query.Question, chosen.Instance);
        return answer;
    }

    public Task<RouteAnswer> QuoteAsync(RouteQuestion question) => question.Statements > 0
        ? Task.FromResult(Batch(question))
        : ChooseAsync(question with { RequestId = RoutePlanner.NothingTried });

    public Task<ImmutableArray<MechanismListing>> ListMechanismsAsync() => Task.FromResult<ImmutableArray<MechanismListing>>(
    [
        .. catalog.All.Select(mechanism => new MechanismListing
        {
            Name = mechanism.Name, Summary = mechanism.Summary, Parameters = mechanism.Parameters,
        }),
    ]);

    private async Task<RouteAnswer> ChooseAsync(RouteQuestion question)
    {
        if (catalog.Contenders.IsEmpty)
            return new RouteAnswer { Refusal = Refusal.Of(ReasonCode.MechanismMissing, "mechanism", "one of " + string.Join(", ", catalog.All.Select(m => m.Name))) };
        var supply = await views.SupplyAsync(GrainFactory, question.Program);
        var tuning = views.TuningOf(GrainFactory, question.Account);
        var (plan, decision) = RoutePlanner.Decide(
            question, supply, views.Model, ContendersFor(tuning), views.IncumbentOf(question), tuning.Trials);
        foreach (var stage in plan.Stages)
        {
            var (mechanism, refusal) = catalog.Find(stage.Name);
            refusal ??= mechanism!.Check(stage, question.MaxPrice, question.Constraints);
            if (refusal is not null) return new RouteAnswer { Refusal = refusal, Decision = decision };
        }
        return new RouteAnswer { Plan = plan, Decision = decision };
    }

    /// <summary>What competes for a requester: instances tuned for it take the places of those they are tuned from.</summary>
    private ImmutableArray<Contender> ContendersFor(TuningView tuning) => tuning.Own.IsEmpty
        ? catalog.Contenders
        : [.. catalog.Contenders.Select(contender => tuning.Own.TryGetValue(contender.Instance.Id, out var own) ? contender with { Instance = own } : contender)];

    /// <summary>A batch goes, with its defaults, to the mechanism that is made for batches; forecasts are of single statements.</summary>
    private RouteAnswer Batch(RouteQuestion question)
    {
        var refusal = Refusal.Of(ReasonCode.MechanismMissing, "mechanism", "one that is made for batches");
        foreach (var mechanism in catalog.All)
        {
            var choice = new MechanismChoice { Name = mechanism.Name };
            var refused = mechanism.Check(choice, question.MaxPrice, question.Constraints)
                ?? mechanism.CheckBatch(choice, question.MaxPrice, question.Constraints, question.Statements, question.Program.Work);
            if (refused is null) return new RouteAnswer { Plan = new RoutePlan { Stages = [choice], Explanation = $"{mechanism.Name}: made for batches" } };
            if (refused.Code != ReasonCode.BatchNotServed) refusal = refused;
        }
        return new RouteAnswer { Refusal = refusal };
    }

    private RouteAnswer Named(MechanismChoice choice, RouteQuery query)
    {
        var question = query.Question;
        MechanismChoice[] stages = [choice, .. query.Fallbacks.Select(fallback => fallback.Mechanism)];
        foreach (var stage in stages)
        {
            var (mechanism, refusal) = catalog.Find(stage.Name);
            refusal ??= mechanism!.Check(stage, question.MaxPrice, question.Constraints);
            if (question.Statements > 0) refusal ??= mechanism!.CheckBatch(stage, question.MaxPrice, question.Constraints, question.Statements, question.Program.Work);
            if (refusal is not null) return new RouteAnswer { Refusal = refusal };
        }
        // What follows has the time that is left when its turn comes, which nobody knows yet: what does not fit then is passed over.
        var first = catalog.Find(choice.Name).Mechanism!.CheckTime(choice, question.MaxPrice, question.Constraints, question.UntilHard / stages.Length);
        if (first is not null) return new RouteAnswer { Refusal = first };
        var explanation = $"the requester named {choice.Name}";
        if (stages.Length > 1) explanation += $", then {string.Join(", ", stages.Skip(1).Select(stage => stage.Name))}";
        return new RouteAnswer { Plan = new RoutePlan { Stages = [.. stages], Explanation = explanation, Fallbacks = query.Fallbacks } };
    }
}
