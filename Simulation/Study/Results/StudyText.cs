using System.Globalization;
using System.Text;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>The report for people at a terminal.</summary>
internal static class StudyText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Writes it.</summary>
    public static string Of(StudyReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(Culture, $"seeds {report.FirstSeed}..{report.LastSeed}, {report.Requests} requests each, the first {report.WarmUp} not counted; {report.Provers} provers");
        text.AppendLine(Culture, $"job sizes {report.Workload}");
        text.AppendLine("± are 95 % intervals, by batch means; prices in reference prices, latencies in seconds");
        foreach (var population in report.Populations) Add(text, population);
        if (report.BreakEven is { } breakEven) Add(text, breakEven);
        text.AppendLine();
        text.AppendLine(Culture, $"{report.Worlds} worlds, {report.Steps:N0} steps");
        return text.ToString();
    }

    private static void Add(StringBuilder text, PopulationReport population)
    {
        text.AppendLine();
        text.AppendLine(Culture, $"population {population.Population}");
        text.AppendLine("  policy               loss            excess          delivered        price           p50    p90   provers  regret  use   HHI");
        foreach (var policy in population.Policies)
        {
            text.AppendLine(Culture,
                $"  {policy.Policy,-20} {Show(policy.Loss),-15} {Show(policy.Excess),-15} {Show(policy.Delivered),-16} {Show(policy.Price),-13} "
                + $"{policy.LatencyP50,5:0} {policy.LatencyP90,6:0} {policy.Holders,9:0.0} {policy.AllocationRegret?.Value,7:0.00} {policy.Utilisation,5:0.00} {policy.IncomeConcentration,6:0.000}");
        }
        if (population.Routed is { } routed)
        {
            text.AppendLine(Culture, $"  routed against {population.BestSingle}: loss {Signed(routed.Difference)}");
            if (routed.ExcessRatio is { } ratio) text.AppendLine(Culture, $"  routed excess over {population.BestSingle}'s: {Show(ratio)}");
        }
        if (population is { PersonaWiseRatio: { } personaWise, Personas.Length: > 1 })
            text.AppendLine(Culture, $"  excess with the best mechanism for each persona over {population.BestSingle}'s: {Show(personaWise)}");
        if (population.Calibration is { } calibration)
        {
            text.AppendLine(Culture,
                $"  predictions that held: time p50 {Show(calibration.TimeP50)}, time p90 {Show(calibration.TimeP90)}, price p90 {Show(calibration.PriceP90)}; "
                + $"delivered less predicted {(calibration.Delivered is { } delivered ? Signed(delivered) : "-")}");
        }
        foreach (var bar in population.Bars) text.AppendLine(Culture, $"  bar: {bar.Name}: {Show(bar.Measured)}: {Verdicts.Say(bar.Verdict)}");
        text.AppendLine();
        text.AppendLine("  loss by persona");
        text.AppendLine(Culture, $"  {"",-20} {string.Join(' ', population.Personas.Select(persona => $"{persona.Persona,17}"))}");
        for (var n = 0; n < population.Policies.Length; n++)
        {
            var cells = population.Personas.Select(persona => persona.Policies[n]);
            text.AppendLine(Culture, $"  {population.Policies[n].Policy,-20} {string.Join(' ', cells.Select(cell => $"{Show(cell.Loss),17}"))}");
        }
        if (population.Personas.FirstOrDefault()?.Policies.FirstOrDefault(policy => policy.Policy == Worlds.StudyPolicy.RoutedName) is null) return;
        text.AppendLine();
        text.AppendLine("  what was chosen first");
        foreach (var persona in population.Personas)
        {
            var choices = persona.Policies.Single(policy => policy.Policy == Worlds.StudyPolicy.RoutedName).Choices.OrderByDescending(choice => choice.Value);
            text.AppendLine(Culture, $"  {persona.Persona,-20} {string.Join(", ", choices.Select(choice => string.Create(Culture, $"{choice.Key} {choice.Value:0 %}")))}");
        }
    }

    private static void Add(StringBuilder text, BreakEvenReport report)
    {
        text.AppendLine();
        text.AppendLine(Culture, $"when a single mechanism is good enough: at most {report.GoodEnough:0.00} above {report.Against}");
        text.AppendLine("  persona among all others     from this share on        loss of the best single, and of the other, at a share of 0, 1/4, 1/2, 3/4, 1");
        foreach (var sweep in report.AmongOthers)
        {
            var points = sweep.Points.Where((_, n) => n % 5 == 0).Select(point => string.Create(Culture, $"{point.BestSingleLoss:0.000}/{point.Loss:0.000}"));
            text.AppendLine(Culture, $"  {sweep.Persona,-28} {sweep.GoodEnoughAbove?.ToString("0.00", Culture) ?? "never",-25} {string.Join("  ", points)}");
        }
        text.AppendLine();
        text.AppendLine("  when all others want the same (rows), the share of a persona (columns) from which on none is good enough");
        var names = report.AmongOthers.Select(sweep => sweep.Persona).ToArray();
        text.AppendLine(Culture, $"  {"",-20} {string.Join(' ', names.Select(name => $"{name,17}"))}");
        foreach (var row in names)
        {
            var cells = names.Select(column => report.AmongEqual.FirstOrDefault(pair => pair.Everybody == row && pair.Persona == column))
                .Select(pair => pair is null ? "" : pair.Share?.ToString("0.00", Culture) ?? "never");
            text.AppendLine(Culture, $"  {row,-20} {string.Join(' ', cells.Select(cell => $"{cell,17}"))}");
        }
    }

    /// <summary>A number with its interval.</summary>
    public static string Show(Interval? interval) => interval is { } known
        ? double.IsFinite(known.High) ? string.Create(Culture, $"{known.Value:0.000} ±{known.High - known.Value:0.000}") : string.Create(Culture, $"{known.Value:0.000}")
        : "-";

    private static string Signed(Interval interval) => string.Create(Culture, $"{interval.Value:+0.000;-0.000} ({interval.Low:+0.000;-0.000} to {interval.High:+0.000;-0.000})");
}
