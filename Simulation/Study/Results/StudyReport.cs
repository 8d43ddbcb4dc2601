using System.Collections.Immutable;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>What a study came to. All losses are 0 to 1; prices are in reference prices of the program asked for; latencies in seconds.</summary>
public sealed record StudyReport
{
    /// <summary>The first seed.</summary>
    public required long FirstSeed { get; init; }

    /// <summary>The last seed.</summary>
    public required long LastSeed { get; init; }

    /// <summary>Requests of each seed and population, with those of the warm-up.</summary>
    public required int Requests { get; init; }

    /// <summary>The first requests of each, which are not counted.</summary>
    public required int WarmUp { get; init; }

    /// <summary>Provers.</summary>
    public required int Provers { get; init; }

    /// <summary>Where job sizes come from.</summary>
    public required string Workload { get; init; }

    /// <summary>The policies compared.</summary>
    public required ImmutableArray<string> Policies { get; init; }

    /// <summary>The populations.</summary>
    public required ImmutableArray<PopulationReport> Populations { get; init; }

    /// <summary>When a single mechanism is good enough; null unless the mixed population was studied under several mechanisms.</summary>
    public required BreakEvenReport? BreakEven { get; init; }

    /// <summary>Worlds simulated.</summary>
    public required int Worlds { get; init; }

    /// <summary>Steps simulated.</summary>
    public required long Steps { get; init; }

    /// <summary>The report as JSON: the properties of this record and of those in it, in camel case. Nothing in it depends on the machine: the same options
    /// give the same text.</summary>
    public string ToJson() => StudyJson.Of(this);

    /// <summary>The report as a page that needs nothing but itself: tables, and charts in SVG.</summary>
    public string ToHtml() => StudyHtml.Of(this);

    /// <summary>The report for people.</summary>
    public override string ToString() => StudyText.Of(this);
}

/// <summary>What a study says of a population.</summary>
public sealed record PopulationReport
{
    /// <summary>The population.</summary>
    public required string Population { get; init; }

    /// <summary>What each policy came to, in the order of the study's policies.</summary>
    public required ImmutableArray<PolicyReport> Policies { get; init; }

    /// <summary>The single mechanism with the least loss; null when none was studied.</summary>
    public required string? BestSingle { get; init; }

    /// <summary>The routed policy against the best single one; null when either was not studied.</summary>
    public required Comparison? Routed { get; init; }

    /// <summary>The excess that is left when every persona has its own best mechanism, over the best single one's: what nobody avoids who knows the persona and not
    /// the luck of the request. Null without oracle.</summary>
    public required Interval? PersonaWiseRatio { get; init; }

    /// <summary>How well the market's predictions held; null when the routed policy was not studied.</summary>
    public required CalibrationReport? Calibration { get; init; }

    /// <summary>What is to be reached, and whether it is.</summary>
    public required ImmutableArray<Bar> Bars { get; init; }

    /// <summary>The same by persona; a single entry when everybody is of one.</summary>
    public required ImmutableArray<PersonaReport> Personas { get; init; }
}

/// <summary>How well what was predicted of routed requests held. Every prediction was made before its outcome, and none of these outcomes was learned from
/// before it was predicted.</summary>
public sealed record CalibrationReport
{
    /// <summary>The part of delivered proofs that came within the stated ninth decile of the time.</summary>
    public required Interval? TimeP90 { get; init; }

    /// <summary>The part of delivered proofs that came within the stated median of the time.</summary>
    public required Interval? TimeP50 { get; init; }

    /// <summary>The part of delivered proofs that cost no more than the stated ninth decile of the price.</summary>
    public required Interval? PriceP90 { get; init; }

    /// <summary>The part of requests that were delivered by the hard deadline, less the mean of the stated probabilities.</summary>
    public required Interval? Delivered { get; init; }
}

/// <summary>Something to be reached.</summary>
/// <param name="Name">What, with the bar.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="Verdict">Whether it is reached.</param>
public sealed record Bar(string Name, Interval Measured, Verdict Verdict);

/// <summary>What a study says of a persona within a population.</summary>
public sealed record PersonaReport
{
    /// <summary>The persona.</summary>
    public required string Persona { get; init; }

    /// <summary>Requests counted.</summary>
    public required int Requests { get; init; }

    /// <summary>What each policy came to, in the order of the study's policies.</summary>
    public required ImmutableArray<PolicyReport> Policies { get; init; }
}

/// <summary>What a policy came to.</summary>
public sealed record PolicyReport
{
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Mean loss of quality of service.</summary>
    public required Interval Loss { get; init; }

    /// <summary>Mean loss above the oracle's; null without oracle.</summary>
    public required Interval? Excess { get; init; }

    /// <summary>The part of requests for which a valid proof came by the hard deadline.</summary>
    public required Interval Delivered { get; init; }

    /// <summary>How much more, in reference prices, those who delivered ask for the work than the cheapest who could have, on average; null when nothing
    /// was delivered.</summary>
    public required Interval? AllocationRegret { get; init; }

    /// <summary>Mean price of what was delivered; null when nothing was.</summary>
    public required Interval? Price { get; init; }

    /// <summary>Median latency of what was delivered; null when nothing was.</summary>
    public required double? LatencyP50 { get; init; }

    /// <summary>90 % of what was delivered came within this time; null when nothing was.</summary>
    public required double? LatencyP90 { get; init; }

    /// <summary>How many provers held the work of a request, on average.</summary>
    public required double Holders { get; init; }

    /// <summary>How often each mechanism was chosen first, as a part of all requests; for the oracle which was best.</summary>
    public required ImmutableSortedDictionary<string, double> Choices { get; init; }

    /// <summary>The part of all slots' time that was spent proving; null where it is not of the whole population.</summary>
    public required double? Utilisation { get; init; }

    /// <summary>Herfindahl–Hirschman index of provers' incomes: from 1 over the number of provers when all earn the same to 1 when one earns everything; null
    /// where it is not of the whole population.</summary>
    public required double? IncomeConcentration { get; init; }
}

/// <summary>The routed policy against the best single mechanism of its population.</summary>
public sealed record Comparison
{
    /// <summary>The routed policy's loss less the best single one's, request by request.</summary>
    public required Interval Difference { get; init; }

    /// <summary>The routed policy's excess over the best single one's; null without oracle.</summary>
    public required Interval? ExcessRatio { get; init; }
}

/// <summary>When is a single mechanism good enough?</summary>
public sealed record BreakEvenReport
{
    /// <summary>The policy compared with: routed, or when that was not studied the best mechanism for each persona.</summary>
    public required string Against { get; init; }

    /// <summary>A single mechanism is good enough when its loss is at most this much above.</summary>
    public required double GoodEnough { get; init; }

    /// <summary>Each persona among all others, mixed as in the mixed population.</summary>
    public required ImmutableArray<BreakEvenSweep> AmongOthers { get; init; }

    /// <summary>Each persona among requesters who all want the same.</summary>
    public required ImmutableArray<BreakEvenPair> AmongEqual { get; init; }
}

/// <summary>The share of a persona swept from 0 to 1 among all others.</summary>
public sealed record BreakEvenSweep
{
    /// <summary>The persona.</summary>
    public required string Persona { get; init; }

    /// <summary>Points of the sweep.</summary>
    public required ImmutableArray<BreakEvenPoint> Points { get; init; }

    /// <summary>The least share above which a single mechanism is good enough again; null when it never is.</summary>
    public required double? GoodEnoughAbove { get; init; }
}

/// <summary>A point of a sweep.</summary>
/// <param name="Share">The share.</param>
/// <param name="BestSingle">The single mechanism with the least loss there.</param>
/// <param name="BestSingleLoss">Its loss.</param>
/// <param name="Loss">The loss of the policy compared with.</param>
public sealed record BreakEvenPoint(double Share, string BestSingle, double BestSingleLoss, double Loss);

/// <summary>One persona among requesters who all want something else.</summary>
/// <param name="Everybody">What all others are.</param>
/// <param name="Persona">The persona.</param>
/// <param name="Share">The least share of it at which no single mechanism is good enough any more; null when one always is.</param>
public sealed record BreakEvenPair(string Everybody, string Persona, double? Share);
