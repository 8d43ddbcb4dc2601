using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvingMarket.Benchmarks.Lifecycle.Reports;

namespace ProvingMarket.Benchmarks.Lifecycle.Growth;

/// <summary>Writes what growth costs, for people line by line, and for machines at the end.</summary>
internal static class GrowthReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Measures and writes.</summary>
    public static async Task WriteAsync(GrowthScale scale, bool asJson, TextWriter output)
    {
        var people = asJson ? Console.Error : output;
        var (machine, rows) = (Machine.Describe(), new List<GrowthRow>());
        await people.WriteLineAsync($"{machine}");
        await people.WriteLineAsync(FormattableString.Invariant($"the market on SQLite, workers and client in its process, one prover invited to a request, {GrowthScale.AtOnce} lifecycles at once"));
        await people.WriteLineAsync();
        await people.WriteLineAsync($"{"",-44}  {"count",9}  {"p50 ms",8}  {"p99 ms",8}  {"CPU µs each",11}  {"heap bytes each",15}  {"idle CPU µs/s each",18}");
        await foreach (var row in GrowthRun.RunAsync(scale))
        {
            rows.Add(row);
            await people.WriteLineAsync(FormattableString.Invariant(
                $"{row.What,-44}  {row.Count,9:N0}  {Text(row.P50Milliseconds, "N2"),8}  {Text(row.P99Milliseconds, "N2"),8}  {Text(row.MicrosecondsEach, "N0"),11}  {Text(row.HeapBytesEach, "N0"),15}  {Text(row.IdleMicrosecondsPerSecondEach, "N2"),18}"));
        }
        if (asJson) await output.WriteLineAsync(JsonSerializer.Serialize(new { machine, scale, atOnce = GrowthScale.AtOnce, rows }, Json));
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
