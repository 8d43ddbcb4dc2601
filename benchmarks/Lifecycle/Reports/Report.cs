using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Benchmarks.Lifecycle.Reports;

/// <summary>One run as it is reported.</summary>
internal sealed record Row(string Contender, int Concurrency, int Round, double LifecyclesPerSecond, double P50Milliseconds, double P99Milliseconds, double MaxMilliseconds,
    double ProcessorMicrosecondsEach, double AllocatedBytesEach, long Lifecycles, bool Audited)
{
    public static Row Of(Contender contender, int concurrency, int round, Sample sample) => new(
        contender.Name, concurrency, round, Math.Round(sample.Rate, 1), Math.Round(sample.P50Milliseconds, 2), Math.Round(sample.P99Milliseconds, 2), Math.Round(sample.MaxMilliseconds, 2),
        Math.Round(sample.MicrosecondsEach, 1), Math.Round(sample.BytesEach), sample.Total, Audited: true);
}

/// <summary>How many times the rate of another contender the market has: in each round against that one's of the same round, and the median of those.</summary>
internal sealed record Ratio(string Of, string To, int Concurrency, double Times, IReadOnlyList<double> Rounds);

/// <summary>Writes results for people, line by line as they come, and for machines at the end.</summary>
internal sealed class Report(Machine machine, Scale scale, Timing timing, bool asJson, TextWriter output)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly List<Row> _rows = [];

    // With --json standard output is for machines alone; people follow the table on the other one.
    private readonly TextWriter _people = asJson ? Console.Error : output;

    public void Begin(IEnumerable<Contender> contenders)
    {
        _people.WriteLine($"{machine}");
        _people.WriteLine(FormattableString.Invariant(
            $"{scale.Provers} provers with {scale.Slots} slots, {scale.Requesters} requesters, {(scale.Field == 0 ? "all provers" : $"{scale.Field} of them")} invited to a request; {timing.WarmUp.TotalSeconds:N0} s of warm-up, {timing.Measured.TotalSeconds:N0} s measured"));
        foreach (var (name, value) in scale.Settings) _people.WriteLine($"with {name}={value}");
        _people.WriteLine();
        foreach (var contender in contenders) _people.WriteLine($"  {contender.Name,-22}  {contender.Description}");
        _people.WriteLine();
        _people.WriteLine($"{"",-22}  {"at once",7}  {"lifecycles/s",12}  {"p50 ms",8}  {"p99 ms",8}  {"max ms",8}  {"CPU µs each",11}  {"bytes each",10}  audit");
    }

    public void Add(Row row)
    {
        _rows.Add(row);
        _people.WriteLine(FormattableString.Invariant(
            $"{row.Contender,-22}  {row.Concurrency,7}  {row.LifecyclesPerSecond,12:N0}  {row.P50Milliseconds,8:N2}  {row.P99Milliseconds,8:N2}  {row.MaxMilliseconds,8:N1}  {row.ProcessorMicrosecondsEach,11:N0}  {row.AllocatedBytesEach,10:N0}  {row.Lifecycles:N0} settled, right"));
    }

    public void End()
    {
        var ratios = Ratios();
        if (ratios.Count > 0) _people.WriteLine();
        foreach (var ratio in ratios)
            _people.WriteLine(FormattableString.Invariant($"{ratio.Of} at {ratio.Concurrency} has {ratio.Times:N2} times the rate of {ratio.To}{Spread(ratio.Rounds)}"));
        if (asJson) output.WriteLine(JsonSerializer.Serialize(new { machine, scale, timing = new { warmUpSeconds = timing.WarmUp.TotalSeconds, measuredSeconds = timing.Measured.TotalSeconds }, postgreSql = PostgreSql.Server.Settings, rows = _rows, ratios }, Json));
    }

    private static string Spread(IReadOnlyList<double> rounds) =>
        rounds.Count == 1 ? "" : FormattableString.Invariant($", the median of {rounds.Count} rounds ({rounds.Min():N2} to {rounds.Max():N2})");

    private List<Ratio> Ratios() =>
    [
        .. from market in _rows
           where market.Contender == Contenders.Reference
           from other in _rows
           where other.Concurrency == market.Concurrency && other.Round == market.Round && other.Contender != market.Contender
           group Math.Round(market.LifecyclesPerSecond / other.LifecyclesPerSecond, 3) by (market.Contender, Other: other.Contender, market.Concurrency) into rounds
           select new Ratio(rounds.Key.Contender, rounds.Key.Other, rounds.Key.Concurrency, Math.Round(Medians.Of(rounds), 3), [.. rounds]),
    ];
}
