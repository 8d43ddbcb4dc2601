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

    /// <summary>How often something else than the best is tried.</summary>
    public const double ExplorationRate = 0.05;

    /// <summary>What is tried is expected to score at most so much less than the best.</summary>
    public const double ExplorationLoss = 0.05;

    /// <summary>The request id of a question for which nothing is tried out.</summary>
    public const string NothingTried = "";

    /// <summary>What is tried for one requester's tuning is expected to score at most so much less.</summary>
    public const double TrialLoss = 0.1;

    /// <summary>A primary run with fallbacks ends after this share of the time.</summary>
    public const double PrimaryShare = 0.6;

    /// <summary>The instance that follows when a primary run has failed: a race of all, for whatever it takes within the ceiling.</summary>
    public static readonly MechanismInstance OpenRace = new()
    {
        Id = "race/open",
        Mechanism = RaceParameters.MechanismName,
        Settings = [new() { Name = "reach", Value = 100 }, new() { Name = "premium", Value = 300 }],
    };

    // A primary run needs its ninth decile of time and half as much again before there may be a fallback.
    private const double Reserve = 1.5;
    private const int MostRows = 16;
    private const double LeastSafe = 0.9;
    private const double TightTime = 2;
    private const double TightPrice = 1.2;
    private const double ChanceRisked = 0.05;

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
        var (untilSoft, untilHard) = (question.UntilSoft.TotalSeconds, Math.Max(1e-3, question.UntilHard.TotalSeconds));
        var reference = ReferenceOf(question, supply, model);
        var halfLife = question.HalfLife?.TotalSeconds ?? supply.MedianSeconds ?? Math.Max(1e-3, untilSoft / 2);
        var outlook = new RunOutlook(selection.BySpeed, selection.ByPrice, selection.InBook)
        {
            MaxPrice = question.MaxPrice,
            MinRedundancy = question.Constraints.MinRedundancy,
            UntilSoft = untilSoft,
            UntilHard = untilHard,
            Reference = reference,
            MedianSeconds = supply.MedianSeconds ?? halfLife,
            Load = supply.Load,
        };
        var terms = new JudgingTerms(untilSoft, untilHard, halfLife, reference.Micro, question.MaxPrice.Micro, question.Weights);
        var (cellClass, band) = (CellKey.ClassOf(question.Program), CellKey.BandOf(supply.Load));

        var open = contenders.FirstOrDefault(contender => contender.Mechanism.Name == OpenRace.Mechanism) is { Mechanism: { } race } ? new Contender(race, OpenRace) : (Contender?)null;
        var rescue = open is { } race1 ? race1.Mechanism.Forecast(OpenRace, outlook) : default;
        var rescueCorrection = open is null ? Correction.None : model.Of(KeyOf(OpenRace.Id));

        // One more than there are, for what is tried instead of the best.
        var predictions = new List<Candidate>(contenders.Count + 1);
        foreach (var contender in contenders) predictions.Add(Considered(contender));

        var best = Best(predictions, incumbent);
        if (best < 0)
        {
            ImmutableArray<Relaxation> changes = advises && selection.Eligible > 0 && LargestServed(question, supply, model, contenders) is { } fewer
                ? [.. selection.Relaxations.Append(fewer).OrderBy(change => change.Percent).ThenBy(change => change.Limit)]
                : selection.Relaxations;
            return NobodyNow(question, selection, changes, contenders, open, outlook, predictions, halfLife, reference);
        }
        var seed = new RoutingSeed(question.RequestId);
        var chosen = best;
        if (question.RequestId != NothingTried && trials?.GetValueOrDefault(predictions[best].Instance) is { } trial
            && seed.Next() * 100 is var at && at < MostTried(trial) && !IsTight(question, selection.Eligible))
            chosen = Tried(trial, at);
        else if (question.RequestId != NothingTried && seed.Next() < ExplorationRate && !IsTight(predictions[best].Prediction, question, untilHard, selection.Eligible)) chosen = Explored(ref seed);

        var (contended, picked) = (predictions[chosen].Contender, predictions[chosen].Prediction);
        var decision = new RouteDecision
        {
            Table = Table(predictions, chosen),
            Reason = ReasonFor(predictions, chosen, best, incumbent),
            IsExploring = chosen != best,
            Eligible = selection.Eligible,
            LeftOut = selection.LeftOut,
            Relaxations = selection.Relaxations,
            Absent = selection.Absent,
            HalfLife = TimeSpan.FromSeconds(halfLife),
            Reference = reference,
            Weights = question.Weights,
            Basis = new RouteBasis
            {
                Cell = KeyOf(contended.Instance.Id),
                ExpectedPpm = (int)(picked.Base * 1_000_000),
                Milliseconds = Math.Max(1, (long)(picked.Forecast.Seconds * 1000)),
                TimeSpread = (int)(Prediction.SpreadsOf(picked.Forecast).Above * 1000),
                TimeSpreadBelow = (int)(Prediction.SpreadsOf(picked.Forecast).Below * 1000),
                Price = new Credits(Math.Max(1, (long)picked.Forecast.PriceMicro)),
                PriceSpread = Math.Max(50, (int)(picked.Forecast.PriceSpread * 1000)),
                Instance = contended.Instance,
                ProversMilli = (int)Math.Clamp(picked.Forecast.Provers * 1000, 0, 1_000_000),
            },
        };
        return new RouteResult(PlanOf(contended, predictions[chosen].IsFollowed ? open : null, outlook, decision), decision);

        CellKey KeyOf(string instance) => new() { Instance = instance, Class = cellClass, Band = band };

        Candidate Considered(Contender contender)
        {
            var forecast = contender.Mechanism.Forecast(contender.Instance, outlook);
            var followed = open is not null && forecast.Limit is null && rescue.Limit is null && IsFollowed(forecast, rescue, untilHard);
            var prediction = Predict(contender, forecast, followed, 0);
            return new Candidate(
                contender, followed, prediction.Forecast.Limit is null && prediction.Hard < LeastChance
                    ? Prediction.Of(RunForecast.Impossible(TooLate(prediction.Hard)), Correction.None, terms, null, StatedWidths.Nominal)
                    : prediction);
        }

        Prediction Predict(Contender contender, RunForecast forecast, bool followed, double deviation) => Prediction.Of(
            forecast, model.Of(KeyOf(contender.Instance.Id)), terms,
            followed ? new FallbackOutlook(rescue, rescueCorrection, untilHard * PrimaryShare) : null, model.WidthsOf(contender.Mechanism.Name), deviation);

        // Thompson sampling: each that is not much worse is judged by a draw from what is known of it; what is known well hardly moves.
        int Explored(ref RoutingSeed seed)
        {
            var (drawnBest, highest) = (best, double.MinValue);
            for (var i = 0; i < predictions.Count; i++)
            {
                var candidate = predictions[i];
                if (!candidate.IsFeasible || candidate.Prediction.Score < predictions[best].Prediction.Score - ExplorationLoss) continue;
                var drawn = Predict(candidate.Contender, candidate.Prediction.Forecast, candidate.IsFollowed, seed.NextNormal()).Score;
                if (drawn > highest) (drawnBest, highest) = (i, drawn);
            }
            return drawnBest;
        }

        // The one under trial, or else the most promising that was not tried yet: of the neighbours, and then step by step from there as long as that is expected to lose less.
        int Tried(TrialPlan trial, double at)
        {
            var contender = predictions[best].Contender;
            var promising = MostPromising(trial.Instance is { } one ? [one] : Untried(TuningRules.NeighboursOf(contender.Instance, contender.Mechanism.Knobs)), null);
            for (var step = 0; trial.Instance is null && step < TuningRules.MostSteps && promising is { } from; step++)
            {
                promising = MostPromising(Untried(TuningRules.StepsFrom(from.Contender.Instance, contender.Mechanism.Knobs)), from);
                if (promising?.Instance == from.Instance) break;
            }
            if (promising is not { } chosenOne || (trial.Instance is null && chosenOne.Prediction.Loss > predictions[best].Prediction.Loss - TuningRules.LeastGain)) return best;
            if (at >= trial.Percent && chosenOne.Prediction.Loss > predictions[best].Prediction.Loss - TuningRules.PromisingGain) return best;
            predictions.Add(chosenOne);
            return predictions.Count - 1;

            IEnumerable<MechanismInstance> Untried(IEnumerable<MechanismInstance> instances) =>
                instances.Where(instance => instance.Id != contender.Instance.Id && !TuningRules.IsRetired(trial.Retired, instance));

            Candidate? MostPromising(IEnumerable<MechanismInstance> instances, Candidate? most)
            {
                foreach (var instance in instances)
                {
                    var candidate = Considered(contender with { Instance = instance });
                    if (candidate.IsFeasible && candidate.Prediction.Score >= predictions[best].Prediction.Score - TrialLoss
                        && !IsAtRisk(candidate.Prediction, predictions[best].Prediction, question, untilHard)
                        && (most is not { } other || candidate.Prediction.Loss < other.Prediction.Loss))
                        most = candidate;
                }
                return most;
            }
        }
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

    /// <summary>In how many of a hundred requests a trial is considered. What a tuned instance is checked against is not tried more often for what is expected of it.</summary>
    private static int MostTried(TrialPlan trial) => trial.Percent == TuningRules.TrialPercent ? TuningRules.PromisingPercent : trial.Percent;

    private static bool IsFollowed(RunForecast primary, RunForecast rescue, double untilHard) =>
        primary.Seconds * Math.Exp(1.2816 * primary.Spread) * Reserve <= untilHard * PrimaryShare
        && rescue.Seconds * Math.Exp(1.2816 * rescue.Spread) <= untilHard * (1 - PrimaryShare);

    private static int Best(List<Candidate> predictions, string? incumbent)
    {
        var (best, held) = (-1, -1);
        for (var i = 0; i < predictions.Count; i++)
        {
            if (!predictions[i].IsFeasible) continue;
            if (best < 0 || predictions[i].Prediction.Score > predictions[best].Prediction.Score) best = i;
            if (predictions[i].Instance == incumbent) held = i;
        }
        return held >= 0 && predictions[best].Prediction.Score - predictions[held].Prediction.Score <= Hysteresis ? held : best;
    }

    /// <summary>Nothing is tried out when a constraint is tight: little time, little money, few provers, or a requester to whom safety is nearly all.</summary>
    private static bool IsTight(Prediction best, RouteQuestion question, double untilHard, int eligible) =>
        best.Hard < LeastSafe || best.NineOfTen * TightTime > untilHard || best.HighPrice * TightPrice > question.MaxPrice.Micro || IsTight(question, eligible);

    /// <summary>Whatever is tried, a requester to whom safety is nearly all, or one with few provers to choose from, is not the one to try it with.</summary>
    private static bool IsTight(RouteQuestion question, int eligible) =>
        eligible < 3 || question.Weights.Safety * 2 > question.Weights.Speed + question.Weights.Cost + question.Weights.Safety + question.Weights.CensorshipResistance;

    /// <summary>Whether a trial would put at risk what is tight: the chance to deliver, the time, or the price. Where the instance that is run is expected to be no better
    /// itself, nothing is: who is badly served because of the instance is not kept from a better one. Nor is it a risk to be later, when the proof is as good as sure to come: how much
    /// that costs the requester its weights say.</summary>
    private static bool IsAtRisk(Prediction tried, Prediction run, RouteQuestion question, double untilHard) =>
        (tried.Hard < LeastSafe && tried.Hard < run.Hard)
        || (tried.NineOfTen * TightTime > untilHard && tried.Hard < run.Hard - ChanceRisked)
        || (tried.HighPrice * TightPrice > question.MaxPrice.Micro && tried.HighPrice > run.HighPrice);

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

    private static ImmutableArray<InstanceForecast> Table(List<Candidate> predictions, int chosen)
    {
        var rows = new (bool IsChosen, InstanceForecast Row)[predictions.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = (i == chosen, predictions[i].Prediction.ToForecast(predictions[i].Instance));
        Array.Sort(rows, static (a, b) => a.IsChosen != b.IsChosen ? b.IsChosen.CompareTo(a.IsChosen)
            : a.Row.ScorePpm != b.Row.ScorePpm ? b.Row.ScorePpm.CompareTo(a.Row.ScorePpm) : string.CompareOrdinal(a.Row.Instance, b.Row.Instance));
        var table = ImmutableArray.CreateBuilder<InstanceForecast>(Math.Min(MostRows, rows.Length));
        foreach (var (_, row) in rows.AsSpan(0, Math.Min(MostRows, rows.Length))) table.Add(row);
        return table.MoveToImmutable();
    }

    private static string ReasonFor(List<Candidate> predictions, int chosen, int best, string? incumbent)
    {
        if (chosen != best) return Words($"tried out instead of {predictions[best].Instance}, to learn more of it");
        var second = -1;
        for (var i = 0; i < predictions.Count; i++)
        {
            if (i != chosen && predictions[i].IsFeasible && (second < 0 || predictions[i].Prediction.Score > predictions[second].Prediction.Score)) second = i;
        }
        if (second < 0) return "the only one that can serve it";
        var (own, other) = (predictions[chosen].Prediction.Score, predictions[second].Prediction.Score);
        return other > own && predictions[chosen].Instance == incumbent
            ? Words($"score {own:0.000} as before; {predictions[second].Instance} at {other:0.000} is not better by enough to change")
            : Words($"score {own:0.000}, before {predictions[second].Instance} with {other:0.000}");

        static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Nobody can serve it now: it is open to whoever comes until the deadline, at its whole price.</summary>
    private static RouteResult NobodyNow(
        RouteQuestion question, SupplySelection selection, ImmutableArray<Relaxation> changes, IReadOnlyList<Contender> contenders, Contender? open, RunOutlook outlook,
        List<Candidate> predictions, double halfLife, Credits reference)
    {
        var kept = open ?? contenders[0];
        var decision = new RouteDecision
        {
            Table = Table(predictions, chosen: -1),
            Reason = selection.Eligible == 0 ? "nobody is eligible now; open to all who come, at the max price" : "no instance can serve it now; open to all who come, at the max price",
            Eligible = selection.Eligible,
            LeftOut = selection.LeftOut,
            Relaxations = changes,
            Absent = selection.Absent,
            HalfLife = TimeSpan.FromSeconds(halfLife),
            Reference = reference,
            Weights = question.Weights,
        };
        var nobody = new RunOutlook([], [], [])
        {
            MaxPrice = question.MaxPrice, MinRedundancy = outlook.MinRedundancy, UntilSoft = outlook.UntilSoft, UntilHard = outlook.UntilHard,
            Reference = reference, MedianSeconds = outlook.MedianSeconds, Load = outlook.Load,
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

    private static Refusal TooLate(double chance) => Refusal.Of(
        ReasonCode.DeadlineTooSoon, "hardDeadline", string.Create(CultureInfo.InvariantCulture, $"a chance of at least {LeastChance:0.##} to deliver by it"),
        string.Create(CultureInfo.InvariantCulture, $"{chance:0.###}"));

    /// <summary>An instance with what is expected of it.</summary>
    private readonly record struct Candidate(Contender Contender, bool IsFollowed, Prediction Prediction)
    {
        public string Instance => Contender.Instance.Id;

        public bool IsFeasible => Prediction.Forecast.Limit is null;
    }
}
