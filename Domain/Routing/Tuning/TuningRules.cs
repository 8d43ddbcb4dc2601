using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Routing.Tuning;

/// <summary>How instances are tuned for one requester: around the instance it gets, one or two settings are changed, and then more one by one as long as that is expected to lose less; the changed instance serves some of
/// its requests, and takes the place of the other when its realised loss is lower with a probability of 0.95. It is given up again when it is not.</summary>
public static class TuningRules
{
    /// <summary>So many outcomes of an instance are needed before something else is tried.</summary>
    public const int OutcomesBeforeTrial = 12;

    /// <summary>So many of each are compared at least.</summary>
    public const int LeastCompared = 8;

    /// <summary>A trial that has not been decided after so many is ended.</summary>
    public const int LongestTrial = 40;

    /// <summary>P(better) at which a tried instance is promoted.</summary>
    public const double Promotion = 0.95;

    /// <summary>P(better) below which a promoted instance is given up.</summary>
    public const double Rollback = 0.2;

    /// <summary>P(better) below which a trial is given up.</summary>
    public const double Hopeless = 0.1;

    /// <summary>In how many of a hundred requests something is tried.</summary>
    public const int TrialPercent = 30;

    /// <summary>In how many of a hundred something is tried that is expected to lose less by <see cref="PromisingGain"/>: what is likely to gain costs nothing to try.</summary>
    public const int PromisingPercent = 60;

    /// <summary>By how much less it has to be expected to lose.</summary>
    public const double PromisingGain = 0.05;

    /// <summary>What is expected to gain less than this is not tried at all: it would only cost trials, and now and then luck would promote it.</summary>
    public const double LeastGain = 0.01;

    /// <summary>In how many of a hundred requests a promoted instance is compared with the one before it.</summary>
    public const int ControlPercent = 8;

    /// <summary>From the most promising neighbour at most so many steps are taken further before anything is tried.</summary>
    public const int MostSteps = 4;

    /// <summary>So many instances are known at most; then those make room that tell least (<see cref="Forgetting"/>), and may be tried again.</summary>
    public const int MostArms = 256;

    /// <summary>How many events are remembered.</summary>
    public const int HistoryKept = 64;

    // A standard deviation of 0.2, worth two outcomes; and what both arms have shown, worth four.
    private const double GuessedVariance = 0.04;
    private const double GuessCounts = 2;
    private const double BothCount = 4;
    private const double Remembered = 0.98;
    private const int RecentKept = 256;
    // In outcomes of the requester.
    private const double HalfLife = 256;

    /// <summary>The state after an outcome of an instance; the same when it was counted before.</summary>
    public static TuningState After(TuningState state, RouteOutcome outcome, DateTimeOffset now)
    {
        var instance = outcome.Basis.Instance;
        if (state.Recent.Contains(outcome.RequestId)) return state;
        var recent = state.Recent.Length >= RecentKept ? state.Recent.RemoveAt(0) : state.Recent;
        var loss = outcome.LossPpm / 1_000_000.0;
        var known = state.Arms.GetValueOrDefault(instance.Id);
        var number = state.Outcomes + 1;
        var forgotten = known is null ? Forgetting.ForRoom(state.Arms, MostArms, arm => (arm.Count, arm.LastAt), number, HalfLife) : [];
        var arms = state.Arms.RemoveRange(forgotten).SetItem(instance.Id, After(known ?? new ArmRecord { Instance = instance }, loss) with { LastAt = number });
        var next = state with
        {
            Outcomes = number,
            Retired = state.Retired.Except(forgotten),
            MeanLossPpm = state.Outcomes == 0 ? outcome.LossPpm : state.MeanLossPpm + ((outcome.LossPpm - state.MeanLossPpm) * Math.Max(1 - Remembered, 1.0 / (state.Outcomes + 1))),
            Arms = arms,
            Recent = recent.Add(outcome.RequestId),
        };
        return Judged(next, ScopeOf(instance.Id), now);
    }

    /// <summary>What the router has to know.</summary>
    public static TuningView ViewOf(TuningState state)
    {
        var trials = ImmutableSortedDictionary.CreateBuilder<string, TrialPlan>(StringComparer.Ordinal);
        foreach (var arm in state.Arms.Values)
        {
            var scope = ScopeOf(arm.Instance.Id);
            if (CurrentOf(state, scope)?.Instance.Id != arm.Instance.Id) continue;
            var trial = TrialOf(state, scope);
            // A fresh promotion is checked first; when it has proved itself, the next change is tried.
            if (trial is null && state.Own.GetValueOrDefault(scope) is { } own && !IsProven(state, own))
                trials[arm.Instance.Id] = new TrialPlan { Instance = own.Previous, Percent = ControlPercent };
            else if (arm.Count >= Weighted(OutcomesBeforeTrial)) trials[arm.Instance.Id] = new TrialPlan { Instance = trial?.Instance, Retired = state.Retired, Percent = TrialPercent };
        }
        return new TuningView { Own = state.Own.ToImmutableSortedDictionary(own => own.Key, own => own.Value.Instance, StringComparer.Ordinal), Trials = trials.ToImmutable() };
    }

    /// <summary>The neighbours of an instance: each knob a step and a leap down and up, and at both ends of its range; and each two knobs a leap or at an end, since one alone may show
    /// no effect: a price above the ceiling stays at the ceiling until everything that drives it has come down. A leap is a quarter and four times: who is far
    /// from what serves it well gets near with few trials, and a large effect is seen sooner than a small one.</summary>
    public static IEnumerable<MechanismInstance> NeighboursOf(MechanismInstance instance, ImmutableArray<InstanceKnob> knobs)
    {
        foreach (var neighbour in StepsFrom(instance, knobs)) yield return neighbour;
        for (var i = 0; i < knobs.Length; i++)
        {
            foreach (var first in Far(knobs[i]))
            {
                var changed = Base(instance).Changed(instance, knobs[i].Name, first);
                for (var j = i + 1; j < knobs.Length; j++)
                {
                    foreach (var second in Far(knobs[j])) yield return Base(instance).Changed(changed, knobs[j].Name, second);
                }
            }
        }

        IEnumerable<int> Far(InstanceKnob knob)
        {
            var value = instance.Setting(knob);
            return Within(knob, value, [knob.Least, value / 4, Leap(knob, value), knob.Most]);
        }
    }

    /// <summary>An instance with one knob changed: a step or a leap down and up, and at both ends of its range.</summary>
    public static IEnumerable<MechanismInstance> StepsFrom(MechanismInstance instance, ImmutableArray<InstanceKnob> knobs)
    {
        foreach (var knob in knobs)
        {
            var (value, range) = (instance.Setting(knob), knob.Most - knob.Least);
            foreach (var other in Within(knob, value, [knob.Least, value / 4, Math.Min(value - 1, value * 6 / 10), Math.Max(value + ((range + 19) / 20), value * 16 / 10), Leap(knob, value), knob.Most]))
                yield return Base(instance).Changed(instance, knob.Name, other);
        }
    }

    /// <summary>Whether it is known not to help: it was tried, or something was whose changes it has all, with others.</summary>
    public static bool IsRetired(IReadOnlyCollection<string> retired, MechanismInstance neighbour)
    {
        if (retired.Count == 0) return false;
        var changes = neighbour.Id.Split('~');
        return retired.Any(tried => tried.Split('~').All(changes.Contains));
    }

    /// <summary>P(the first has the lower mean loss): of two normal distributions of means. The variance of each is its own with that of both together behind it,
    /// since the same requester makes the requests, and a guess behind that.</summary>
    public static double Better(ArmRecord first, ArmRecord second)
    {
        if (first.Count <= 0 || second.Count <= 0) return 0.5;
        var both = (first.Squares + second.Squares + (GuessCounts * GuessedVariance)) / (first.Count + second.Count + GuessCounts);
        var deviation = Math.Sqrt((VarianceOf(first, both) / first.Count) + (VarianceOf(second, both) / second.Count));
        return Residuals.PhiOf((second.Mean - first.Mean) / Math.Max(deviation, 1e-9));
    }

    private static double VarianceOf(ArmRecord arm, double both) => (arm.Squares + (BothCount * both)) / (arm.Count + BothCount);

    /// <summary>The general instance that an instance is tuned from.</summary>
    public static string ScopeOf(string instance)
    {
        var tuned = instance.IndexOf('~', StringComparison.Ordinal);
        return tuned < 0 ? instance : instance[..tuned];
    }

    /// <summary>What so many outcomes count for together, the older ones counting less.</summary>
    private static double Weighted(int outcomes) => ((1 - Math.Pow(Remembered, outcomes)) / (1 - Remembered)) - 1e-9;

    private static ArmRecord After(ArmRecord arm, double loss)
    {
        var count = (arm.Count * Remembered) + 1;
        var delta = loss - arm.Mean;
        var mean = arm.Mean + (delta / count);
        return arm with { Count = count, Mean = mean, Squares = (arm.Squares * Remembered) + (delta * (loss - mean)) };
    }

    private static TuningState Judged(TuningState state, string scope, DateTimeOffset now)
    {
        if (CurrentOf(state, scope) is not { } current) return state;
        if (state.Own.GetValueOrDefault(scope) is { } own && state.Arms.GetValueOrDefault(own.Previous.Id) is { } previous && previous.Count >= Weighted(LeastCompared)
            && current.Count >= Weighted(LeastCompared) && Better(current, previous) is var kept && kept < Rollback)
        {
            // A promoted instance is judged by what it has done since, too: luck on trial does not last.
            var back = own.Previous.Id == scope ? state.Own.Remove(scope) : state.Own.SetItem(scope, new TunedInstance { Instance = own.Previous, Previous = own.Previous });
            return Noted(state with { Own = back, Retired = state.Retired.Add(current.Instance.Id) }, scope, previous, current, isRollback: true, 1 - kept, now);
        }
        if (TrialOf(state, scope) is not { } trial || trial.Count < Weighted(LeastCompared) || current.Count < Weighted(LeastCompared)) return state;
        var better = Better(trial, current);
        if (better >= Promotion)
        {
            var tuned = new TunedInstance { Instance = trial.Instance, Previous = current.Instance };
            return Noted(state with { Own = state.Own.SetItem(scope, tuned) }, scope, trial, current, isRollback: false, better, now);
        }
        return better < Hopeless || trial.Count >= Weighted(LongestTrial) ? state with { Retired = state.Retired.Add(trial.Instance.Id) } : state;
    }

    private static TuningState Noted(TuningState state, string scope, ArmRecord now, ArmRecord before, bool isRollback, double better, DateTimeOffset at)
    {
        var happened = new TuningEvent
        {
            At = at, Scope = scope, Now = now.Instance, Before = before.Instance, IsRollback = isRollback,
            GainPpm = (int)((before.Mean - now.Mean) * 1_000_000), BetterPpm = (int)(better * 1_000_000),
        };
        var history = state.History.Length >= HistoryKept ? state.History.RemoveAt(0) : state.History;
        return state with { History = history.Add(happened) };
    }

    /// <summary>The instance that is run for a scope.</summary>
    private static ArmRecord? CurrentOf(TuningState state, string scope) => state.Arms.GetValueOrDefault(state.Own.GetValueOrDefault(scope)?.Instance.Id ?? scope);

    /// <summary>The neighbour under trial: tried, undecided, and neither run nor the one before it; of several that were begun before the first outcome came, the one that most is known of.</summary>
    private static ArmRecord? TrialOf(TuningState state, string scope)
    {
        var own = state.Own.GetValueOrDefault(scope);
        return state.Arms.Values.Where(arm => arm.Instance.Id != scope && ScopeOf(arm.Instance.Id) == scope
            && arm.Instance.Id != own?.Instance.Id && arm.Instance.Id != own?.Previous.Id && !state.Retired.Contains(arm.Instance.Id)
            && !state.History.Any(happened => happened.Before.Id == arm.Instance.Id)).MaxBy(arm => arm.Count);
    }

    private static bool IsProven(TuningState state, TunedInstance own) =>
        own.Previous.Id == own.Instance.Id || (state.Arms.TryGetValue(own.Instance.Id, out var arm) && arm.Count >= Weighted(OutcomesBeforeTrial));

    private static int Leap(InstanceKnob knob, int value) => Math.Max(value + ((knob.Most - knob.Least + 3) / 4), value * 4);

    private static IEnumerable<int> Within(InstanceKnob knob, int value, int[] others) =>
        others.Select(other => Math.Clamp(other, knob.Least, knob.Most)).Distinct().Where(other => other != value);

    private static MechanismInstance Base(MechanismInstance instance) => instance with { Id = ScopeOf(instance.Id) };

    /// <summary>An instance with one more setting changed; its id names every setting in which it differs from the general one, once.</summary>
    private static MechanismInstance Changed(this MechanismInstance general, MechanismInstance from, string setting, int value)
    {
        var changes = from.Id.Split('~').Skip(1).Where(change => !change.StartsWith(setting + "=", StringComparison.Ordinal))
            .Append(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{setting}={value}")).Order(StringComparer.Ordinal);
        return general with
        {
            Id = string.Join('~', [general.Id, .. changes]),
            Settings = [.. from.Settings.Where(known => known.Name != setting), new InstanceSetting { Name = setting, Value = value }],
        };
    }
}
