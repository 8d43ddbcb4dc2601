using System.Globalization;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>Why a file of job sizes cannot be used.</summary>
/// <param name="Line">The line, from 1; 0 when it concerns the whole file.</param>
/// <param name="Field">The column; empty when it concerns none.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record WorkloadProblem(int Line, string Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Line > 0 ? $"line {Line}: " : "")}{(Field.Length > 0 ? $"{Field}: " : "")}{Message}");
}

/// <summary>Reads job sizes from a CSV file: a line with the names of the columns, then one job, or one customer, a line. A column has the sizes, or two have the
/// least and the greatest. Rows in which these are empty say nothing of sizes and are passed over.</summary>
public static class WorkloadFile
{
    /// <summary>The columns taken when none is named: the first of these that the file has.</summary>
    public static readonly IReadOnlyList<string> DefaultColumns = ["size", "sp1_cycles", "mcycles_min..mcycles_max"];

    /// <summary>Between the names of two columns.</summary>
    private const string Range = "..";

    /// <summary>The size above which a number is no size any more.</summary>
    private const double Largest = 1e18;

    /// <summary>Reads the sizes in a file's text.</summary>
    /// <param name="name">The file's name, for the report.</param>
    /// <param name="text">Its content.</param>
    /// <param name="column">The column, or two with <c>..</c> between them for ranges; null for the first of <see cref="DefaultColumns"/> that is there.</param>
    public static (JobSizes? Sizes, WorkloadProblem? Problem) Read(string name, string text, string? column)
    {
        var lines = text.TrimStart('\uFEFF').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        var header = Cells(lines[0]);
        if (Choose(header, column) is not { } chosen)
        {
            return Refuse(1, column ?? "", column is null
                ? $"no column is named and none of {string.Join(", ", DefaultColumns)} is there; the file has {string.Join(", ", header)}"
                : $"there is no such column; the file has {string.Join(", ", header)}");
        }

        var sizes = new List<(double, double)>();
        for (var n = 1; n < lines.Length; n++)
        {
            if (lines[n].Length == 0) continue;
            var cells = Cells(lines[n]);
            if (cells.Length != header.Length) return Refuse(n + 1, "", $"must have {header.Length} cells, as the header, had {cells.Length}");
            var (least, greatest) = (cells[chosen.Least], cells[chosen.Greatest]);
            if (least.Length == 0 && greatest.Length == 0) continue;
            if (Parse(least) is not { } from) return NotASize(n + 1, header[chosen.Least], least);
            if (Parse(greatest) is not { } to) return NotASize(n + 1, header[chosen.Greatest], greatest);
            if (from > to) return Refuse(n + 1, header[chosen.Greatest], $"must be at least {header[chosen.Least]}, {least}; was {greatest}");
            sizes.Add((from, to));
        }
        return sizes.Count == 0
            ? Refuse(0, Name(header, chosen), "there is no size in it")
            : (JobSizes.Of(sizes, string.Create(CultureInfo.InvariantCulture, $"{name}, {Name(header, chosen)}: {sizes.Count} sizes")), null);
    }

    private static string[] Cells(string line) => [.. line.Split(',').Select(cell => cell.Trim().Trim('"'))];

    private static (int Least, int Greatest)? Choose(string[] header, string? column) =>
        column is null
            ? DefaultColumns.Select(name => Find(header, name)).FirstOrDefault(found => found is not null)
            : Find(header, column);

    private static (int Least, int Greatest)? Find(string[] header, string column)
    {
        var dots = column.IndexOf(Range, StringComparison.Ordinal);
        var (least, greatest) = dots < 0
            ? (Array.IndexOf(header, column), Array.IndexOf(header, column))
            : (Array.IndexOf(header, column[..dots]), Array.IndexOf(header, column[(dots + Range.Length)..]));
        return least < 0 || greatest < 0 ? null : (least, greatest);
    }

    private static string Name(string[] header, (int Least, int Greatest) chosen) =>
        chosen.Least == chosen.Greatest ? header[chosen.Least] : header[chosen.Least] + Range + header[chosen.Greatest];

    private static double? Parse(string cell) =>
        double.TryParse(cell, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= Largest
            ? size
            : null;

    private static (JobSizes?, WorkloadProblem?) NotASize(int line, string field, string cell) =>
        Refuse(line, field, $"must be a number above 0 and at most {Largest:0e0}, was '{cell}'");

    private static (JobSizes?, WorkloadProblem?) Refuse(int line, string field, string message) => (null, new WorkloadProblem(line, field, message));
}
