using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Charts in SVG, coloured by the page's style.</summary>
internal static class StudyCharts
{
    private const int Left = 170;
    private const int Width = 900;
    private const int Row = 26;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>A bar for each policy with its interval.</summary>
    public static string Bars(string title, ImmutableArray<(string Name, Interval Loss)> bars)
    {
        var top = Math.Max(bars.Max(bar => double.IsFinite(bar.Loss.High) ? bar.Loss.High : bar.Loss.Value), 0.1);
        var svg = Begin(title, string.Join("; ", bars.Select(bar => string.Create(Culture, $"{bar.Name} {bar.Loss.Value:0.000}"))), (bars.Length * Row) + 10);
        for (var n = 0; n < bars.Length; n++)
        {
            var (name, loss) = bars[n];
            var y = (n * Row) + 5;
            svg.AppendLine(Culture, $"<text x=\"{Left - 8}\" y=\"{y + 15}\" text-anchor=\"end\">{Text(name)}</text>");
            svg.AppendLine(Culture, $"<rect x=\"{Left}\" y=\"{y + 3}\" width=\"{X(loss.Value) - Left:0.0}\" height=\"{Row - 8}\" fill=\"var(--bar)\"/>");
            var end = X(loss.Value);
            if (double.IsFinite(loss.High))
            {
                svg.AppendLine(Culture, $"<path d=\"M{X(Math.Max(0, loss.Low)):0.0} {y + 12}H{X(loss.High):0.0}\" stroke=\"var(--mark)\" stroke-width=\"2\"/>");
                end = Math.Max(end, X(loss.High));
            }
            svg.AppendLine(Culture, $"<text x=\"{end + 6:0.0}\" y=\"{y + 15}\">{loss.Value:0.000}</text>");
        }
        return svg.AppendLine("</svg>").ToString();

        double X(double loss) => Left + (loss / top * (Width - Left - 60));
    }

    /// <summary>A cell for each persona and policy, the darker the greater the loss above the persona's least.</summary>
    public static string Heat(string title, ImmutableArray<string> columns, ImmutableArray<(string Name, ImmutableArray<double> Values)> rows)
    {
        var svg = Begin(title, "A cell for each policy and persona, stronger in colour the more its loss is above the persona's least.", ((rows.Length + 1) * Row) + 5);
        var width = (Width - Left) / (double)columns.Length;
        for (var column = 0; column < columns.Length; column++)
            svg.AppendLine(Culture, $"<text x=\"{Left + ((column + 0.5) * width):0.0}\" y=\"16\" text-anchor=\"middle\">{Text(columns[column])}</text>");
        for (var row = 0; row < rows.Length; row++)
        {
            var y = (row + 1) * Row;
            svg.AppendLine(Culture, $"<text x=\"{Left - 8}\" y=\"{y + 17}\" text-anchor=\"end\">{Text(rows[row].Name)}</text>");
            for (var column = 0; column < columns.Length; column++)
            {
                var least = rows.Min(other => other.Values[column]);
                var value = rows[row].Values[column];
                var strength = Math.Min(0.6, (value - least) * 2);
                svg.AppendLine(Culture, $"<rect x=\"{Left + (column * width) + 1:0.0}\" y=\"{y + 1}\" width=\"{width - 2:0.0}\" height=\"{Row - 2}\" fill=\"rgba(var(--low), {strength:0.00})\" stroke=\"var(--line)\"/>");
                svg.AppendLine(Culture, $"<text x=\"{Left + ((column + 0.5) * width):0.0}\" y=\"{y + 17}\" text-anchor=\"middle\">{value:0.000}</text>");
            }
        }
        return svg.AppendLine("</svg>").ToString();
    }

    /// <summary>The loss of the best single mechanism and of the policy compared with over the share of a persona.</summary>
    public static string Sweep(BreakEvenSweep sweep, string against)
    {
        const int height = 200;
        var top = Math.Max(sweep.Points.Max(point => Math.Max(point.BestSingleLoss, point.Loss)), 0.05) * 1.1;
        var svg = Begin(
            $"Loss over the share of {sweep.Persona} among all others",
            $"The best single mechanism, solid, against {against}, dashed; {(sweep.GoodEnoughAbove is { } above ? string.Create(Culture, $"good enough from a share of {above:0.00} on") : "never good enough")}.",
            height + 30);
        svg.AppendLine(Culture, $"<path d=\"M60 5V{height}H{Width - 10}\" fill=\"none\" stroke=\"var(--line)\"/>");
        foreach (var share in (double[])[0, 0.25, 0.5, 0.75, 1])
            svg.AppendLine(Culture, $"<text x=\"{X(share):0.0}\" y=\"{height + 18}\" text-anchor=\"middle\">{share:0 %}</text>");
        foreach (var loss in (double[])[0, top / 2, top])
            svg.AppendLine(Culture, $"<text x=\"54\" y=\"{Y(loss) + 4:0.0}\" text-anchor=\"end\">{loss:0.00}</text>");
        Line(point => point.BestSingleLoss, "stroke=\"var(--bar)\"");
        Line(point => point.Loss, "stroke=\"var(--mark)\" stroke-dasharray=\"6 4\"");
        svg.AppendLine(Culture, $"<text x=\"80\" y=\"20\">{Text(sweep.Persona)}: best single mechanism (solid), {Text(against)} (dashed)</text>");
        return svg.AppendLine("</svg>").ToString();

        double X(double share) => 60 + (share * (Width - 100));

        double Y(double loss) => height - (loss / top * (height - 10));

        void Line(Func<BreakEvenPoint, double> loss, string stroke) => svg.AppendLine(
            Culture, $"<polyline fill=\"none\" stroke-width=\"2\" {stroke} points=\"{string.Join(' ', sweep.Points.Select(point => string.Create(Culture, $"{X(point.Share):0.0},{Y(loss(point)):0.0}")))}\"/>");
    }

    private static StringBuilder Begin(string title, string description, int height) => new StringBuilder()
        .AppendLine(Culture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\">")
        .AppendLine(Culture, $"<title>{Text(title)}</title><desc>{Text(description)}</desc>");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
