using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Routing;

/// <summary>What is to be expected of instances for one request, by what its mechanism computes and what has been learned of it.</summary>
internal sealed class CandidateForecasts
{
    // A primary run needs its ninth decile of time and half as much again before there may be a fallback.
    private const double Reserve = 1.5;

    private readonly RouteQuestion _question;
    private readonly LearnedModel _model;
    private readonly JudgingTerms _terms;
    private readonly string _class;
    private readonly int _band;
    private readonly RunForecast _rescue;
    private readonly Correction _rescueCorrection;

    /// <summary>Of the provers that meet a request's constraints.</summary>
    public CandidateForecasts(RouteQuestion question, ProgramSupply supply, SupplySelection selection, LearnedModel model, IReadOnlyList<Contender> contenders)
    {
        (_question, _model) = (question, model);
        UntilHard = Math.Max(1e-3, question.UntilHard.TotalSeconds);
        var untilSoft = question.UntilSoft.TotalSeconds;
        Reference = RoutePlanner.ReferenceOf(question, supply, model);
        HalfLife = question.HalfLife?.TotalSeconds ?? supply.MedianSeconds ?? Math.Max(1e-3, untilSoft / 2);
        Outlook = new RunOutlook(selection.BySpeed, selection.ByPrice, selection.InBook)
        {
            MaxPrice = question.MaxPrice,
            MinRedundancy = question.Constraints.MinRedundancy,
            UntilSoft = untilSoft,
            UntilHard = UntilHard,
            Reference = Reference,
            MedianSeconds = supply.MedianSeconds ?? HalfLife,
            Load = supply.Load,
        };
        _terms = new JudgingTerms(untilSoft, UntilHard, HalfLife, Reference.Micro, question.MaxPrice.Micro, question.Weights);
        (_class, _band) = (CellKey.ClassOf(question.Program), CellKey.BandOf(supply.Load));
        Open = contenders.FirstOrDefault(contender => contender.Mechanism.Name == RoutePlanner.OpenRace.Mechanism) is { Mechanism: { } race }
            ? new Contender(race, RoutePlanner.OpenRace)
            : null;
        _rescue = Open is { } open ? open.Mechanism.Forecast(RoutePlanner.OpenRace, Outlook) : default;
        _rescueCorrection = Open is null ? Correction.None : model.Of(KeyOf(RoutePlanner.OpenRace.Id));
    }

    /// <summary>What mechanisms forecast from.</summary>
    public RunOutlook Outlook { get; }

    /// <summary>Seconds until the hard deadline; positive.</summary>
    public double UntilHard { get; }

    /// <summary>Seconds in which the worth of the proof halves.</summary>
    public double HalfLife { get; }

    /// <summary>What such a proof usually costs.</summary>
    public Credits Reference { get; }

    /// <summary>The race that follows a primary run that has failed; null when no race competes.</summary>
    public Contender? Open { get; }

    /// <summary>Where what is learned of an instance is kept, for requests like this one.</summary>
    public CellKey KeyOf(string instance) => new() { Instance = instance, Class = _class, Band = _band };

    /// <summary>What is expected of an instance. It cannot serve the request when that is not to be expected often enough.</summary>
    public Candidate Of(Contender contender)
    {
        var forecast = contender.Mechanism.Forecast(contender.Instance, Outlook);
        var followed = Open is not null && forecast.Limit is null && _rescue.Limit is null && IsFollowed(forecast);
        var prediction = Predict(contender, forecast, followed, 0);
        return new Candidate(
            contender, followed, prediction.Forecast.Limit is null && prediction.Hard < RoutePlanner.LeastChance
                ? Prediction.Of(RunForecast.Impossible(TooLate(prediction.Hard)), Correction.None, _terms, null, StatedWidths.Nominal)
                : prediction);
    }

    /// <summary>What would be expected of a candidate if what was learned of it were so many standard deviations off.</summary>
    public Prediction Drawn(Candidate candidate, double deviation) => Predict(candidate.Contender, candidate.Prediction.Forecast, candidate.IsFollowed, deviation);

    private Prediction Predict(Contender contender, RunForecast forecast, bool followed, double deviation) => Prediction.Of(
        forecast, _model.Of(KeyOf(contender.Instance.Id)), _terms,
        followed ? new FallbackOutlook(_rescue, _rescueCorrection, UntilHard * RoutePlanner.PrimaryShare) : null, _model.WidthsOf(contender.Mechanism.Name), deviation);

    private bool IsFollowed(RunForecast primary) =>
        primary.Seconds * Math.Exp(Timing.Z90 * primary.Spread) * Reserve <= UntilHard * RoutePlanner.PrimaryShare
        && _rescue.Seconds * Math.Exp(Timing.Z90 * _rescue.Spread) <= UntilHard * (1 - RoutePlanner.PrimaryShare);

    private static Refusal TooLate(double chance) => Refusal.Of(
        ReasonCode.DeadlineTooSoon, "hardDeadline", string.Create(CultureInfo.InvariantCulture, $"a chance of at least {RoutePlanner.LeastChance:0.##} to deliver by it"),
        string.Create(CultureInfo.InvariantCulture, $"{chance:0.###}"));
}
