using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Routing.Tuning;

namespace ProvingMarket.Domain.Routing;

/// <summary>When something else than the best is tried, and what: to learn more of it for everybody, or for one requester's tuning.</summary>
public static class Exploration
{
    /// <summary>How often something else than the best is tried.</summary>
    public const double Rate = 0.05;

    /// <summary>What is tried is expected to score at most so much less than the best.</summary>
    public const double MostLoss = 0.05;

    /// <summary>What is tried for one requester's tuning is expected to score at most so much less.</summary>
    public const double MostLossOfTrial = 0.1;

    private const double LeastSafe = 0.9;
    private const double TightTime = 2;
    private const double TightPrice = 1.2;
    private const double ChanceRisked = 0.05;

    /// <summary>Chooses what is run.</summary>
    /// <param name="question">The request.</param>
    /// <param name="eligible">How many provers meet its constraints.</param>
    /// <param name="forecasts">What is to be expected.</param>
    /// <param name="candidates">The instances that compete; what is tried and is none of them is added.</param>
    /// <param name="best">The place of the best.</param>
    /// <param name="trials">By the id of an instance, what is tried instead of it for this requester now and then; null for nothing.</param>
    /// <returns>The place of what is run, mostly the best.</returns>
    internal static int Choose(
        RouteQuestion question, int eligible, CandidateForecasts forecasts, List<Candidate> candidates, int best, IReadOnlyDictionary<string, TrialPlan>? trials)
    {
        if (question.RequestId == RoutePlanner.NothingTried) return best;
        var seed = new RoutingSeed(question.RequestId);
        if (trials?.GetValueOrDefault(candidates[best].Instance) is { } trial && seed.Next() * 100 is var at && at < MostTried(trial) && !IsTight(question, eligible))
            return Tried(question, forecasts, candidates, best, trial, at);
        return seed.Next() < Rate && !IsTight(candidates[best].Prediction, question, forecasts.UntilHard, eligible) ? Explored(forecasts, candidates, best, ref seed) : best;
    }

    /// <summary>Thompson sampling: each that is not much worse is judged by a draw from what is known of it; what is known well hardly moves.</summary>
    private static int Explored(CandidateForecasts forecasts, List<Candidate> candidates, int best, ref RoutingSeed seed)
    {
        var (drawnBest, highest) = (best, double.MinValue);
        for (var i = 0; i < candidates.Count; i++)
        {
            var candidate = candidates[i];
            if (!candidate.IsFeasible || candidate.Prediction.Score < candidates[best].Prediction.Score - MostLoss) continue;
            var drawn = forecasts.Drawn(candidate, seed.NextNormal()).Score;
            if (drawn > highest) (drawnBest, highest) = (i, drawn);
        }
        return drawnBest;
    }

    /// <summary>The one under trial, or else the most promising that was not tried yet: of the neighbours, and then step by step from there as long as that is expected to lose less.</summary>
    private static int Tried(RouteQuestion question, CandidateForecasts forecasts, List<Candidate> candidates, int best, TrialPlan trial, double at)
    {
        var (contender, bestPrediction) = (candidates[best].Contender, candidates[best].Prediction);
        var promising = MostPromising(trial.Instance is { } one ? [one] : Untried(TuningRules.NeighboursOf(contender.Instance, contender.Mechanism.Knobs)), null);
        for (var step = 0; trial.Instance is null && step < TuningRules.MostSteps && promising is { } from; step++)
        {
            promising = MostPromising(Untried(TuningRules.StepsFrom(from.Contender.Instance, contender.Mechanism.Knobs)), from);
            if (promising?.Instance == from.Instance) break;
        }
        if (promising is not { } chosen || (trial.Instance is null && chosen.Prediction.Loss > bestPrediction.Loss - TuningRules.LeastGain)) return best;
        if (at >= trial.Percent && chosen.Prediction.Loss > bestPrediction.Loss - TuningRules.PromisingGain) return best;
        candidates.Add(chosen);
        return candidates.Count - 1;

        IEnumerable<MechanismInstance> Untried(IEnumerable<MechanismInstance> instances) =>
            instances.Where(instance => instance.Id != contender.Instance.Id && !TuningRules.IsRetired(trial.Retired, instance));

        Candidate? MostPromising(IEnumerable<MechanismInstance> instances, Candidate? most)
        {
            foreach (var instance in instances)
            {
                var candidate = forecasts.Of(contender with { Instance = instance });
                if (candidate.IsFeasible && candidate.Prediction.Score >= bestPrediction.Score - MostLossOfTrial
                    && !IsAtRisk(candidate.Prediction, bestPrediction, question, forecasts.UntilHard)
                    && (most is not { } other || candidate.Prediction.Loss < other.Prediction.Loss))
                    most = candidate;
            }
            return most;
        }
    }

    /// <summary>In how many of a hundred requests a trial is considered. What a tuned instance is checked against is not tried more often for what is expected of it.</summary>
    private static int MostTried(TrialPlan trial) => trial.Percent == TuningRules.TrialPercent ? TuningRules.PromisingPercent : trial.Percent;

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
}
