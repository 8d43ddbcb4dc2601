using System.Globalization;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

public sealed class TuningTests
{
    private static readonly IMechanism Race = RoutingSamples.Mechanisms.Single(mechanism => mechanism.Name == "race");
    private static readonly MechanismInstance General = Race.Instances[0];

    /// <summary>The general instance posts a premium that this requester does not need: within 200 requests it is tuned away.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_mistuned_requester_loses_less_after_two_hundred_requests(int seed)
    {
        var (random, state) = (new Random(seed), TuningState.Empty);
        var losses = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            var run = Pick(state, random);
            losses.Add(LossOf(run));
            state = TuningRules.After(state, Realised($"r{i}", run, LossOf(run) + Noise(random)), Samples.Now.AddMinutes(i));
        }
        Assert.NotEmpty(state.History);
        Assert.True(losses.TakeLast(40).Average() < LossOf(General) - 0.05, $"{losses.TakeLast(40).Average():0.000} of {LossOf(General):0.000}");
        Assert.All(state.History.Where(happened => !happened.IsRollback), happened => Assert.True(happened.BetterPpm >= 950_000));
    }

    [Fact]
    public void What_was_promoted_by_luck_is_given_up_and_the_history_says_so()
    {
        var worse = TuningRules.NeighboursOf(General, Race.Knobs).First();
        var state = TuningState.Empty;
        var n = 0;
        for (var i = 0; i < 25; i++) Note(General, 0.5);
        for (var i = 0; i < 9; i++) Note(worse, 0.1);
        Assert.Equal(worse.Id, state.Own["race"].Instance.Id);
        var control = TuningRules.ViewOf(state).Trials[worse.Id];
        Assert.Equal((General.Id, TuningRules.ControlPercent), (control.Instance!.Id, control.Percent));
        for (var i = 0; i < 60 && state.Own.ContainsKey("race"); i++) Note(worse, 0.95);
        Assert.False(state.Own.ContainsKey("race"));
        Assert.Equal([false, true], state.History.Select(happened => happened.IsRollback));
        Assert.Contains(worse.Id, state.Retired);

        void Note(MechanismInstance instance, double loss) => state = TuningRules.After(state, Realised($"r{n++}", instance, loss + (0.01 * (n % 3))), Samples.Now);
    }

    [Fact]
    public void Nothing_is_tried_before_enough_is_known_and_what_was_retired_is_not_tried_again()
    {
        var state = TuningState.Empty;
        for (var i = 0; i < TuningRules.OutcomesBeforeTrial - 1; i++) state = TuningRules.After(state, Realised($"r{i}", General, 0.4), Samples.Now);
        Assert.Empty(TuningRules.ViewOf(state).Trials);
        for (var i = 0; i < 60; i++) state = TuningRules.After(state, Realised($"s{i}", General, 0.4 + (0.01 * (i % 2))), Samples.Now);
        Assert.Null(TuningRules.ViewOf(state).Trials["race"].Instance);
        var worse = TuningRules.NeighboursOf(General, Race.Knobs).First();
        for (var i = 0; i < 12; i++) state = TuningRules.After(state, Realised($"w{i}", worse, 0.8), Samples.Now);
        Assert.Contains(worse.Id, state.Retired);
        Assert.All(TuningRules.NeighboursOf(General, Race.Knobs), neighbour => Assert.Equal(
            neighbour.Id.Split('~').Contains(worse.Id.Split('~')[1]), TuningRules.IsRetired(state.Retired, neighbour)));
        Assert.Null(TuningRules.ViewOf(state).Trials["race"].Instance);
        Assert.Empty(state.History);
    }

    /// <summary>So many instances have been tried that no more are remembered: what is new is tried all the same, and what is run is not forgotten.</summary>
    [Fact]
    public void A_requester_that_has_tried_everything_goes_on_trying()
    {
        const int Others = TuningRules.MostArms + 40;
        var (state, n) = (TuningState.Empty, 0);
        for (var i = 0; i < 60; i++) Note(General, 0.4);
        for (var other = 0; other < Others; other++)
        {
            for (var i = 0; i < TuningRules.LeastCompared + 4; i++) Note(Tried(other), 0.8);
            for (var i = 0; i < 4; i++) Note(General, 0.4);
        }
        Assert.InRange(state.Arms.Count, TuningRules.MostArms * 9 / 10, TuningRules.MostArms);
        Assert.Contains(General.Id, state.Arms.Keys);
        Assert.Contains(Tried(Others - 1).Id, state.Retired);
        Assert.DoesNotContain(Tried(0).Id, state.Retired);
        Assert.Subset(state.Arms.Keys.ToHashSet(), state.Retired.ToHashSet());

        for (var i = 0; i < 30; i++) Note(Tried(-1), 0.1);
        Assert.Equal(Tried(-1).Id, state.Own["race"].Instance.Id);

        void Note(MechanismInstance instance, double loss) => state = TuningRules.After(state, Realised($"r{n++}", instance, loss + (0.01 * (n % 3))), Samples.Now);

        static MechanismInstance Tried(int other) => General with { Id = string.Create(CultureInfo.InvariantCulture, $"race~other={other}") };
    }

    [Fact]
    public void A_repeated_report_changes_nothing()
    {
        var once = TuningRules.After(TuningState.Empty, Realised("r1", General, 0.4), Samples.Now);
        Assert.Same(once, TuningRules.After(once, Realised("r1", General, 0.9), Samples.Now));
    }

    [Fact]
    public void Neighbours_differ_in_one_setting_or_two_and_stay_within_its_range()
    {
        foreach (var mechanism in RoutingSamples.Mechanisms)
        {
            foreach (var instance in mechanism.Instances)
            {
                var neighbours = TuningRules.NeighboursOf(instance, mechanism.Knobs).ToArray();
                Assert.Equal(neighbours.Length, neighbours.Select(neighbour => neighbour.Id).Distinct().Count());
                foreach (var neighbour in neighbours)
                {
                    var changed = mechanism.Knobs.Where(knob => neighbour.Setting(knob) != instance.Setting(knob)).ToArray();
                    Assert.InRange(changed.Length, 1, 2);
                    Assert.All(changed, knob => Assert.InRange(neighbour.Setting(knob), knob.Least, knob.Most));
                    Assert.Equal(instance.Id, TuningRules.ScopeOf(neighbour.Id));
                }
            }
        }
        var twice = TuningRules.NeighboursOf(TuningRules.NeighboursOf(General, Race.Knobs).First(), Race.Knobs).First();
        Assert.Single(twice.Id.Split('~').Skip(1));
    }

    /// <summary>Posted four times above every ask, a price is the ceiling's whichever one setting changes; two together bring it down.</summary>
    [Fact]
    public void What_no_single_step_shows_two_together_find()
    {
        var overpaid = new MechanismInstance { Id = "race", Mechanism = "race", Settings = [new() { Name = "premium", Value = 300 }, new() { Name = "reach", Value = 100 }] };
        var (run, tried) = (Decide(Race, overpaid, null), Decide(Race, overpaid, new TrialPlan { Percent = 100 }));
        Assert.Equal(2, tried.Instance.Split('~').Skip(1).Count());
        Assert.True(tried.PriceP50.Micro < run.PriceP50.Micro * 8 / 10 && tried.LossPpm < run.LossPpm - 50_000, $"{tried.Instance} {tried.PriceP50} {run.PriceP50}");
    }

    /// <summary>From the best of the neighbours it goes on step by step, further than any of them.</summary>
    [Fact]
    public void What_is_tried_is_expected_to_lose_less_than_any_neighbour()
    {
        var dutch = RoutingSamples.Mechanisms.Single(mechanism => mechanism.Name == "dutch-auction");
        var dear = new MechanismInstance { Id = "dutch-auction", Mechanism = "dutch-auction", Settings = [new() { Name = "start", Value = 100 }] };
        var tried = Decide(dutch, dear, new TrialPlan { Percent = 100 });
        var nearest = TuningRules.NeighboursOf(dear, dutch.Knobs).Min(neighbour => Decide(dutch, dear, new TrialPlan { Instance = neighbour, Percent = 100 }).LossPpm);
        Assert.True(tried.LossPpm < nearest, $"{tried.Instance} {tried.LossPpm}, the best of the neighbours {nearest}");
        // What was tried in vain is not gone back to, nor anything beyond it.
        var instead = Decide(dutch, dear, new TrialPlan { Retired = [tried.Instance], Percent = 100 });
        Assert.False(TuningRules.IsRetired([tried.Instance], dear with { Id = instead.Instance }));
    }

    /// <summary>Of several that were begun one may be given up whose changes another has with more: that one is still tried to its end, or nothing else ever would be.</summary>
    [Fact]
    public void What_is_under_trial_goes_on_when_a_part_of_it_is_given_up()
    {
        var overpaid = new MechanismInstance { Id = "race", Mechanism = "race", Settings = [new() { Name = "premium", Value = 300 }, new() { Name = "reach", Value = 100 }] };
        var both = TuningRules.NeighboursOf(overpaid, Race.Knobs).Single(neighbour => neighbour.Id == "race~premium=0~reach=25");
        Assert.Equal(both.Id, Decide(Race, overpaid, new TrialPlan { Instance = both, Retired = ["race~reach=25"], Percent = 100 }).Instance);
    }

    /// <summary>What promises nothing is not tried: it would cost trials, and now and then luck would promote it.</summary>
    [Fact]
    public void Nothing_is_tried_that_is_not_expected_to_gain()
    {
        var dutch = RoutingSamples.Mechanisms.Single(mechanism => mechanism.Name == "dutch-auction");
        var (tuned, steps) = (new MechanismInstance { Id = "dutch-auction", Mechanism = "dutch-auction", Settings = [new() { Name = "start", Value = 100 }] }, 0);
        while (Decide(dutch, tuned, new TrialPlan { Percent = 100 }).Instance is var next && next != tuned.Id)
        {
            Assert.True(++steps < 20, next);
            var changes = next.Split('~').Skip(1).Select(change => change.Split('=')).Select(change => new InstanceSetting { Name = change[0], Value = int.Parse(change[1], CultureInfo.InvariantCulture) }).ToArray();
            tuned = tuned with { Id = next, Settings = [.. tuned.Settings.ExceptBy(changes.Select(change => change.Name), known => known.Name), .. changes] };
        }
        Assert.NotEqual(0, steps);
    }

    private static InstanceForecast Decide(IMechanism mechanism, MechanismInstance instance, TrialPlan? trial) => RoutePlanner.Decide(
        Question(Thrifty, soft: 600, hard: 1_400, maxPrice: 8), Supply(Enumerable.Range(0, 100).Select(i => Prover(i, seconds: 5 + (0.6 * i), price: 4 - (0.03m * i)))), LearnedModel.Untaught,
        [new Contender(mechanism, instance)], trials: trial is null ? null : new Dictionary<string, TrialPlan> { [instance.Id] = trial }).Decision.Chosen!;

    [Fact]
    public void Of_several_that_were_begun_the_one_that_most_is_known_of_goes_on()
    {
        var (state, n) = (TuningState.Empty, 0);
        var neighbours = TuningRules.NeighboursOf(General, Race.Knobs).Take(3).ToArray();
        for (var i = 0; i < 30; i++) Note(General);
        foreach (var (neighbour, times) in neighbours.Zip([1, 3, 2]))
        {
            for (var i = 0; i < times; i++) Note(neighbour);
        }
        Assert.Equal(neighbours[1].Id, TuningRules.ViewOf(state).Trials["race"].Instance!.Id);

        void Note(MechanismInstance instance) => state = TuningRules.After(state, Realised($"r{n++}", instance, 0.4 + (0.01 * (n % 3))), Samples.Now);
    }

    [Fact]
    public void The_router_tries_what_tuning_asks_for_and_only_for_that_requester()
    {
        var trials = new Dictionary<string, TrialPlan> { ["race"] = new() { Percent = TuningRules.TrialPercent } };
        var tried = 0;
        for (var i = 0; i < 400; i++)
        {
            var (_, decision) = RoutePlanner.Decide(Question(Arbitrage, id: $"r{i}"), Supply(Twenty), LearnedModel.Untaught, Contenders, trials: trials);
            if (!decision.Basis!.Instance.Id.Contains('~', StringComparison.Ordinal)) continue;
            tried++;
            Assert.True(decision.IsExploring);
            Assert.Equal(decision.Basis.Instance.Id, decision.Chosen!.Instance);
        }
        // In no more than what is promising may be tried in.
        Assert.InRange(tried, 60, 400 * (TuningRules.PromisingPercent + 5) / 100);
    }

    /// <summary>What serves a requester badly may be what makes its constraints tight: it is not kept from something that is less so.</summary>
    [Fact]
    public void A_trial_may_lessen_what_is_tight_and_never_worsens_it()
    {
        var dutch = RoutingSamples.Mechanisms.Single(mechanism => mechanism.Name == "dutch-auction");
        var flat = new Contender(dutch, new MechanismInstance
        {
            Id = "dutch-auction", Mechanism = "dutch-auction", Settings = [new() { Name = "start", Value = 0 }, new() { Name = "ramp", Value = 100 }],
        });
        var trials = new Dictionary<string, TrialPlan> { ["dutch-auction"] = new() { Percent = 100 } };
        var (run, tried) = (Decide(null), Decide(trials));
        Assert.True(run.LatencyP90 * 2 > TimeSpan.FromSeconds(130), $"{run.LatencyP90}");
        Assert.NotEqual(run.Instance, tried.Instance);
        Assert.True(tried.LatencyP90 <= run.LatencyP90, $"{tried.Instance} {tried.LatencyP90}");
        Assert.Equal(run.Instance, Decide(trials, new() { Speed = 1, Cost = 1, Safety = 10 }).Instance);

        InstanceForecast Decide(Dictionary<string, TrialPlan>? trials, QosWeights? weights = null) => RoutePlanner.Decide(
            Question(weights ?? Arbitrage, soft: 120, hard: 130), Supply(Twenty), LearnedModel.Untaught, [flat], trials: trials).Decision.Chosen!;
    }

    /// <summary>Loss falls with the premium, down to where nobody would come.</summary>
    private static double LossOf(MechanismInstance instance)
    {
        var premium = instance.Settings.FirstOrDefault(setting => setting.Name == "premium")?.Value ?? 50;
        return 0.3 + (premium / 200.0) + (premium < 10 ? 0.3 : 0);
    }

    private static MechanismInstance Pick(TuningState state, Random random)
    {
        var view = TuningRules.ViewOf(state);
        var current = view.Own.GetValueOrDefault("race") ?? General;
        if (view.Trials.GetValueOrDefault(current.Id) is not { } trial || random.Next(100) >= trial.Percent) return current;
        // As the router does it: what promises most is tried first, here what posts the smallest premium.
        return trial.Instance ?? TuningRules.NeighboursOf(current, Race.Knobs).Where(neighbour => !TuningRules.IsRetired(trial.Retired, neighbour)).MinBy(neighbour => neighbour.Settings
            .FirstOrDefault(setting => setting.Name == "premium")?.Value ?? 50) ?? current;
    }

    private static double Noise(Random random) => (random.NextDouble() - 0.5) * 0.3;

    private static RouteOutcome Realised(string id, MechanismInstance instance, double loss) => new()
    {
        RequestId = id,
        Account = "alice",
        ProgramId = Program.ProgramId,
        Succeeded = true,
        LossPpm = (int)(loss * 1_000_000),
        Basis = new RouteBasis
        {
            Cell = new CellKey { Instance = instance.Id }, ExpectedPpm = 900_000, Milliseconds = 1_000, TimeSpread = 200, TimeSpreadBelow = 200, Price = Money(1), PriceSpread = 100, Instance = instance,
        },
    };
}
