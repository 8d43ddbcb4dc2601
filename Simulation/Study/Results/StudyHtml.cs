using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>The report as one page: no scripts, nothing loaded from elsewhere, readable in light and dark, every chart with a title and a description.</summary>
internal static class StudyHtml
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --bar: #2f6fb0; --mark: #b4530a; --low: 47, 111, 176; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --bar: #6ca9e8; --mark: #f0a35e; --low: 108, 169, 232; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; } caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
        th, td { border-bottom: 1px solid var(--line); padding: .25rem .7rem; text-align: right; white-space: nowrap; } th:first-child { text-align: left; }
        td small { color: var(--soft); } svg { display: block; max-width: 100%; height: auto; margin: 1rem 0; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
        .soft { color: var(--soft); } .wide { overflow-x: auto; }
        """;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Writes it.</summary>
    public static string Of(StudyReport report)
    {
        var page = Begin("Quality of service by policy");
        page.AppendLine(Culture,
            $"<p class=\"soft\">Seeds {report.FirstSeed} to {report.LastSeed}, {report.Requests} requests each, the first {report.WarmUp} not counted; {report.Provers} provers; "
            + $"job sizes {Text(report.Workload)}. Intervals are 95 %, by batch means. Loss is 0 to 1, less is better.</p>");
        foreach (var population in report.Populations) Add(page, population);
        if (report.BreakEven is { } breakEven) Add(page, breakEven);
        return page.AppendLine("</body></html>").ToString();
    }

    /// <summary>Writes the one of tuning.</summary>
    public static string Of(TuningReport report)
    {
        var page = Begin("Tuning for one requester");
        page.AppendLine(Culture,
            $"<p class=\"soft\">One requester whom the market's only instance does not fit. Seeds {report.FirstSeed} to {report.LastSeed}, {report.Requests} requests each; "
            + $"job sizes {Text(report.Workload)}. Excess is loss above the best of {Text(string.Join(", ", report.Oracle))} for each request. Intervals are 95 %, over seeds.</p>");
        foreach (var one in report.Cases)
        {
            page.AppendLine(Culture, $"<h2>{Text(one.Name)}</h2><p>{Text(one.Persona)}, {Text(one.Instance)}. At least {report.Bar:0 %} of the excess gone in the last window: {Text(Verdicts.Say(one.VerdictOf(report.Bar)))}.</p>");
            page.Append(StudyCharts.Bars(
                $"Excess, {one.Name}",
                [.. one.Windows.SelectMany(window => ((string, Interval)[])[($"{window.From}–{window.To} not tuned", window.NotTuned), ($"{window.From}–{window.To} tuned", window.Tuned)])]));
            Table(page, "Mean excess in the order of requests", ["requests", "not tuned", "tuned", "of it gone"],
                one.Windows.Select(window => new[] { $"{window.From}–{window.To}", Show(window.NotTuned), Show(window.Tuned), Show(window.Gone) }));
            Table(page, "What the requester had in the end", ["seed", "instance"], one.Tuned.Select((instance, n) => new[] { Number(report.FirstSeed + n, "0"), Text(instance) }));
        }
        return page.AppendLine("</body></html>").ToString();
    }

    private static StringBuilder Begin(string title) => new StringBuilder()
        .AppendLine("<!DOCTYPE html>")
        .AppendLine("<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>")
        .AppendLine(Culture, $"<title>{Text(title)}</title><style>{Style}</style></head><body>")
        .AppendLine(Culture, $"<h1>{Text(title)}</h1>");

    private static void Add(StringBuilder page, PopulationReport population)
    {
        page.AppendLine(Culture, $"<h2>Population: {Text(population.Population)}</h2>");
        page.Append(StudyCharts.Bars(
            $"Mean loss of quality of service, population {population.Population}",
            [.. population.Policies.Select(policy => (policy.Policy, policy.Loss))]));
        if (population.Routed is { } routed)
        {
            var excess = routed.ExcessRatio is { } ratio ? $"; excess {Show(ratio)} of its excess" : "";
            page.AppendLine(Culture, $"<p>Routed against {Text(population.BestSingle!)}, the best single mechanism: loss {Show(routed.Difference)}{excess}.</p>");
        }
        if (population is { PersonaWiseRatio: { } personaWise, Personas.Length: > 1 })
            page.AppendLine(Culture, $"<p>With the best mechanism for each persona, known afterwards, excess would be {Show(personaWise)} of that.</p>");
        if (population.Calibration is { } calibration)
        {
            Table(page, "Predictions that held, of delivered proofs", ["", "part"],
            [
                ["time within the stated p50", Show(calibration.TimeP50)], ["time within the stated p90", Show(calibration.TimeP90)],
                ["price within the stated p90", Show(calibration.PriceP90)], ["delivered, less predicted", Show(calibration.Delivered)],
            ]);
        }
        if (!population.Bars.IsEmpty)
            Table(page, "To be reached", ["bar", "measured", ""], population.Bars.Select(bar => new[] { Text(bar.Name), Show(bar.Measured), Text(Verdicts.Say(bar.Verdict)) }));
        Table(page, "Policies; prices in reference prices, latencies in seconds",
            ["policy", "loss", "excess", "delivered", "price", "p50", "p90", "provers", "regret", "utilisation", "HHI"],
            population.Policies.Select(policy => new[]
            {
                Text(policy.Policy), Show(policy.Loss), Show(policy.Excess), Show(policy.Delivered), Show(policy.Price), Number(policy.LatencyP50, "0"),
                Number(policy.LatencyP90, "0"), Number(policy.Holders, "0.0"), Number(policy.AllocationRegret?.Value, "0.00"), Number(policy.Utilisation, "0.00"),
                Number(policy.IncomeConcentration, "0.000"),
            }));
        if (population.Personas.Length > 1)
        {
            page.Append(StudyCharts.Heat(
                "Mean loss by persona and policy", [.. population.Personas.Select(persona => persona.Persona)],
                [.. population.Policies.Select((policy, n) => (policy.Policy, population.Personas.Select(persona => persona.Policies[n].Loss.Value).ToImmutableArray()))]));
        }
        Table(page, "Loss by persona", ["policy", .. population.Personas.Select(persona => Text(persona.Persona))],
            population.Policies.Select((policy, n) => (string[])[Text(policy.Policy), .. population.Personas.Select(persona => Show(persona.Policies[n].Loss))]));
        if (population.Policies.FirstOrDefault(policy => policy.Policy == Worlds.StudyPolicy.RoutedName) is { } whole)
        {
            var chosen = whole.Choices.Keys.ToArray();
            Table(page, "What the market chose first", ["persona", .. chosen.Select(Text)],
                population.Personas.Select(persona => (string[])
                [
                    Text(persona.Persona),
                    .. chosen.Select(name => Number(persona.Policies.Single(policy => policy.Policy == whole.Policy).Choices.GetValueOrDefault(name), "0 %")),
                ]));
        }
    }

    private static void Add(StringBuilder page, BreakEvenReport report)
    {
        page.AppendLine(Culture, $"<h2>When a single mechanism is good enough</h2><p>At most {report.GoodEnough:0.00} above {Text(report.Against)}.</p>");
        foreach (var sweep in report.AmongOthers) page.Append(StudyCharts.Sweep(sweep, report.Against));
        var names = report.AmongOthers.Select(sweep => sweep.Persona).ToArray();
        Table(page, "When all others want the same (rows): the share of a persona (columns) from which on no single mechanism is good enough", ["all others", .. names.Select(Text)],
            names.Select(row => (string[])
            [
                Text(row),
                .. names.Select(column => report.AmongEqual.FirstOrDefault(pair => pair.Everybody == row && pair.Persona == column))
                    .Select(pair => pair is null ? "" : pair.Share is { } share ? Number(share, "0.00") : "never"),
            ]));
    }

    private static void Table(StringBuilder page, string caption, string[] header, IEnumerable<string[]> rows)
    {
        page.AppendLine(Culture, $"<div class=\"wide\"><table><caption>{Text(caption)}</caption><thead><tr>{string.Concat(header.Select(cell => $"<th scope=\"col\">{cell}</th>"))}</tr></thead><tbody>");
        foreach (var row in rows)
            page.AppendLine(Culture, $"<tr><th scope=\"row\">{row[0]}</th>{string.Concat(row.Skip(1).Select(cell => $"<td>{cell}</td>"))}</tr>");
        page.AppendLine("</tbody></table></div>");
    }

    private static string Show(Interval? interval) => interval is not { } known ? "" : double.IsFinite(known.High)
        ? string.Create(Culture, $"{known.Value:0.000} <small>±{known.High - known.Value:0.000}</small>")
        : string.Create(Culture, $"{known.Value:0.000}");

    private static string Number(double? number, string format) => number?.ToString(format, Culture) ?? "";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
