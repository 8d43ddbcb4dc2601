using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing.Tuning;

namespace ProvingMarket.Domain.Routing;

/// <summary>Chooses how a request is served: constraints first, then the highest weighted mean of the predicted utilities, with fallbacks when there is time
/// for them. The same question on the same knowledge has the same answer.</summary>
public static class RoutePlanner
{
    /// <summary>An instance is not considered that is expected to deliver by the hard deadline less often than this.</summary>
    public const double LeastChance = 0.05;

    /// <summary>Another instance than the one chosen last takes over only when its score is higher by more than this: two that are equal do not alternate.</summary>
    public const double Hysteresis = 0.005;

    /// <summary>The request id of a question for which nothing is tried out.</summary>
    public const string NothingTried = "";

    /// <summary>A primary run with fallbacks ends after this share of the time.</summary>
    public const double PrimaryShare = 0.6;

    /// <summary>The instance that follows when a primary run has failed: a race of all, for whatever it takes within the ceiling.</summary>
    public static readonly MechanismInstance OpenRace = new()
    {
        Id = "race/open",
        Mechanism = RaceParameters.MechanismName,
        Settings = [new() { Name = "reach", Value = 100 }, new() { Name = "premium", Value = 300 }],
    };

    /// <summary>Decides.</summary>
    /// <param name="question">The request.</param>
    /// <param name="supply">The provers of its program.</param>
    /// <param name="model">What has been learned.</param>
    /// <param name="contenders">The instances that compete, in a fixed order.</param>
    /// <param name="incumbent">The instance chosen last for such a request; null when none is known.</param>
    /// <param name="trials">By the id of an instance, what is tried instead of it for this requester now and then; null for nothing.</param>
    /// <exception cref="ArgumentException">No instance competes.</exception>
    public static RouteResult Decide(
        RouteQuestion question, ProgramSupply supply, LearnedModel model, IReadOnlyList<Contender> contenders, string? incumbent = null,
        IReadOnlyDictionary<string, TrialPlan>? trials = null) => Decide(question, supply, model, contenders, incumbent, trials, advises: true);

    private static RouteResult Decide(
        RouteQuestion question, ProgramSupply supply, LearnedModel model, IReadOnlyList<Contender> contenders, string? incumbent,
        IReadOnlyDictionary<string, TrialPlan>? trials, bool advises)
    {
        if (contenders.Count == 0) throw new ArgumentException("Somebody has to serve the request.", nameof(contenders));
        var selection = SupplySelection.Of(supply, question);
        var forecasts = new CandidateForecasts(question, supply, selection, model, contenders);

        // One more than there are, for what is tried instead of the best.
        var candidates = new List<Candidate>(contenders.Count + 1);
        foreach (var contender in contenders) candidates.Add(forecasts.Of(contender));

        var best = Best(candidates, incumbent);
        if (best < 0)
        {
            ImmutableArray<Relaxation> changes = advises && selection.Eligible > 0 && LargestServed(question, supply, model, contenders) is { } fewer
                ? [.. selection.Relaxations.Append(fewer).OrderBy(change => change.Percent).ThenBy(change => change.Limit)]
                : selection.Relaxations;
            return NobodyNow(question, selection, changes, contenders, forecasts, candidates);
        }
        var chosen = Exploration.Choose(question, selection.Eligible, forecasts, candidates, best, trials);

        var (run, picked) = (candidates[chosen].Contender, candidates[chosen].Prediction);
        var decision = new RouteDecision
        {
            Table = RouteExplanation.Table(candidates, chosen),
            Reason = RouteExplanation.ReasonFor(candidates, chosen, best, incumbent),
            IsExploring = chosen != best,
            Eligible = selection.Eligible,
            LeftOut = selection.LeftOut,
            Relaxations = selection.Relaxations,
            Absent = selection.Absent,
            HalfLife = TimeSpan.FromSeconds(forecasts.HalfLife),
            Reference = forecasts.Reference,
            Weights = question.Weights,
            Basis = new RouteBasis
            {
                Cell = forecasts.KeyOf(run.Instance.Id),
                ExpectedPpm = (int)(picked.Base * 1_000_000),
                Milliseconds = Math.Max(1, (long)(picked.Forecast.Seconds * 1000)),
                TimeSpread = (int)(Prediction.SpreadsOf(picked.Forecast).Above * 1000),
                TimeSpreadBelow = (int)(Prediction.SpreadsOf(picked.Forecast).Below * 1000),
                Price = new Credits(Math.Max(1, (long)picked.Forecast.PriceMicro)),
                PriceSpread = Math.Max(50, (int)(picked.Forecast.PriceSpread * 1000)),
                Instance = run.Instance,
                ProversMilli = (int)Math.Clamp(picked.Forecast.Provers * 1000, 0, 1_000_000),
            },
        };
        return new RouteResult(PlanOf(run, candidates[chosen].IsFollowed ? forecasts.Open : null, forecasts.Outlook, decision), decision);
    }

    /// <summary>What such a proof usually costs: the ask in the middle, but at most twice and at least half of what was learned to be paid, so that offers nobody
    /// takes do not move it far; without asks what was learned, and without either half of the ceiling. What is paid alone would follow the router's own choices:
    /// the more races it holds the dearer a proof would seem to be, and the less a race's price would count.</summary>
    public static Credits ReferenceOf(RouteQuestion question, ProgramSupply supply, LearnedModel model) =>
        (supply.MedianAsk is { } ask && ask > Credits.Zero ? ask : (Credits?)null, model.PriceOf(question.Program.ProgramId)) switch
        {
            ({ } asked, { } paid) => new Credits(Math.Clamp(asked.Micro, Math.Max(1, paid.Micro / 2), Math.Max(1, Math.Min(paid.Micro, long.MaxValue / 2) * 2))),
            ({ } asked, null) => asked,
            (null, { } paid) => paid,
            _ => new Credits(Math.Max(1, question.MaxPrice.Micro / 2)),
        };

    private static int Best(List<Candidate> candidates, string? incumbent)
    {
        var (best, held) = (-1, -1);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (!candidates[i].IsFeasible) continue;
            if (best < 0 || candidates[i].Prediction.Score > candidates[best].Prediction.Score) best = i;
            if (candidates[i].Instance == incumbent) held = i;
        }
        return held >= 0 && candidates[best].Prediction.Score - candidates[held].Prediction.Score <= Hysteresis ? held : best;
    }

    private static RoutePlan PlanOf(Contender primary, Contender? open, RunOutlook outlook, RouteDecision decision)
    {
        var first = primary.Mechanism.Bind(primary.Instance, outlook);
        var explanation = string.Create(CultureInfo.InvariantCulture, $"{primary.Instance.Id}: {decision.Reason}");
        if (open is not { } race) return new RoutePlan { Stages = [first], Explanation = explanation };
        var follow = race.Mechanism.Bind(race.Instance, outlook);
        return new RoutePlan
        {
            Stages = [first, follow],
            Explanation = $"{explanation}; then {race.Instance.Id}",
            Fallbacks = [new RequestFallback { Mechanism = follow }],
            EndsPermille = [(int)(PrimaryShare * 1000), 1000],
        };
    }

    /// <summary>Nobody can serve it now: it is open to whoever comes until the deadline, at its whole price.</summary>
    private static RouteResult NobodyNow(
        RouteQuestion question, SupplySelection selection, ImmutableArray<Relaxation> changes, IReadOnlyList<Contender> contenders, CandidateForecasts forecasts, List<Candidate> candidates)
    {
        var (kept, outlook) = (forecasts.Open ?? contenders[0], forecasts.Outlook);
        var decision = new RouteDecision
        {
            Table = RouteExplanation.Table(candidates, chosen: -1),
            Reason = selection.Eligible == 0 ? "nobody is eligible now; open to all who come, at the max price" : "no instance can serve it now; open to all who come, at the max price",
            Eligible = selection.Eligible,
            LeftOut = selection.LeftOut,
            Relaxations = changes,
            Absent = selection.Absent,
            HalfLife = TimeSpan.FromSeconds(forecasts.HalfLife),
            Reference = forecasts.Reference,
            Weights = question.Weights,
        };
        var nobody = new RunOutlook([], [], [])
        {
            MaxPrice = question.MaxPrice, MinRedundancy = outlook.MinRedundancy, UntilSoft = outlook.UntilSoft, UntilHard = outlook.UntilHard,
            Reference = outlook.Reference, MedianSeconds = outlook.MedianSeconds, Load = outlook.Load,
        };
        return new RouteResult(
            new RoutePlan { Stages = [kept.Mechanism.Bind(kept.Instance, nobody)], Explanation = $"{kept.Instance.Id}: {decision.Reason}" }, decision);
    }

    /// <summary>The most provers side by side with which it could be served, when that is fewer than are wanted; null when redundancy is not what keeps it from being served. The fewer are
    /// wanted the more can serve it, so halving finds them.</summary>
    private static Relaxation? LargestServed(RouteQuestion question, ProgramSupply supply, LearnedModel model, IReadOnlyList<Contender> contenders)
    {
        var wanted = question.Constraints.MinRedundancy;
        if (wanted <= 1 || !IsServed(1)) return null;
        var (served, refused) = (1, wanted);
        while (refused - served > 1)
        {
            var between = (served + refused) / 2;
            if (IsServed(between)) served = between;
            else refused = between;
        }
        return new Relaxation
        {
            Limit = ReasonCode.OutOfRange,
            Provers = served,
            Change = $"minRedundancy {served} instead of {wanted}",
            Percent = (int)Math.Ceiling(100.0 * (wanted - served) / wanted),
        };

        bool IsServed(int side) => Decide(
            question with { RequestId = NothingTried, Constraints = question.Constraints with { MinRedundancy = side } }, supply, model, contenders, null, null, advises: false)
            .Decision.Basis is not null;
    }
}
