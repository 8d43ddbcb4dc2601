using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>What the study of tuning came to. Losses are 0 to 1.</summary>
public sealed record TuningReport
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The first seed.</summary>
    public required long FirstSeed { get; init; }

    /// <summary>The last seed.</summary>
    public required long LastSeed { get; init; }

    /// <summary>Requests of each seed, all of one requester.</summary>
    public required int Requests { get; init; }

    /// <summary>Where job sizes come from.</summary>
    public required string Workload { get; init; }

    /// <summary>The single mechanisms that the oracle chooses from.</summary>
    public required ImmutableArray<string> Oracle { get; init; }

    /// <summary>The part of the excess that is to be gone in the last window.</summary>
    public required double Bar { get; init; }

    /// <summary>The mistuned instances.</summary>
    public required ImmutableArray<TuningCase> Cases { get; init; }

    /// <summary>Worlds simulated.</summary>
    public required int Worlds { get; init; }

    /// <summary>Steps simulated.</summary>
    public required long Steps { get; init; }

    /// <summary>The report as JSON: the properties of this record and of those in it, in camel case. The same options give the same text.</summary>
    public string ToJson() => StudyJson.Of(this);

    /// <summary>The report as a page that needs nothing but itself.</summary>
    public string ToHtml() => StudyHtml.Of(this);

    /// <summary>The report for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(Culture, $"tuning: one requester whom the market's only instance does not fit; seeds {FirstSeed}..{LastSeed}, {Requests} requests each");
        text.AppendLine(Culture, $"job sizes {Workload}; excess is loss above the best of {string.Join(", ", Oracle)} for each request");
        text.AppendLine("± are 95 % intervals over seeds");
        foreach (var one in Cases)
        {
            text.AppendLine();
            text.AppendLine(Culture, $"{one.Name}: {one.Persona} ({one.Instance})");
            text.AppendLine("  requests      excess not tuned   excess tuned       of it gone");
            foreach (var window in one.Windows)
                text.AppendLine(Culture, $"  {$"{window.From}..{window.To}",-13} {StudyText.Show(window.NotTuned),-18} {StudyText.Show(window.Tuned),-18} {StudyText.Show(window.Gone)}");
            text.AppendLine(Culture, $"  tuned to: {string.Join(", ", one.Tuned)}");
            text.AppendLine(Culture, $"  bar: at least {Bar:0 %} of the excess gone in the last window: {Verdicts.Say(one.VerdictOf(Bar))}");
        }
        text.AppendLine();
        text.AppendLine(Culture, $"{Worlds} worlds, {Steps:N0} steps");
        return text.ToString();
    }
}

/// <summary>A mistuned instance with tuning and without.</summary>
public sealed record TuningCase
{
    /// <summary>What is wrong, in words.</summary>
    public required string Name { get; init; }

    /// <summary>The requester's persona.</summary>
    public required string Persona { get; init; }

    /// <summary>The instance.</summary>
    public required string Instance { get; init; }

    /// <summary>The requests in the order of their arrival.</summary>
    public required ImmutableArray<TuningWindow> Windows { get; init; }

    /// <summary>Which instance the requester had in the end, seed by seed.</summary>
    public required ImmutableArray<string> Tuned { get; init; }

    /// <summary>Whether a part of the excess is gone in the last window.</summary>
    public Verdict VerdictOf(double bar) => Windows[^1].Gone is { } gone ? Verdicts.AtLeast(gone, bar) : Verdict.Open;
}

/// <summary>Some requests in a row.</summary>
public sealed record TuningWindow
{
    /// <summary>The first, from 1.</summary>
    public required int From { get; init; }

    /// <summary>The last.</summary>
    public required int To { get; init; }

    /// <summary>Mean excess without tuning.</summary>
    public required Interval NotTuned { get; init; }

    /// <summary>Mean excess with tuning.</summary>
    public required Interval Tuned { get; init; }

    /// <summary>The part of the excess that tuning takes away; null when there is none.</summary>
    public required Interval? Gone { get; init; }
}
