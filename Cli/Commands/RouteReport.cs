using System.Globalization;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cli.Commands;

/// <summary>A routing table and an explanation as <c>market quote</c> and <c>market request explain</c> print them.</summary>
internal static class RouteReport
{
    /// <summary>One JSON object: the plan, and the table when there is one.</summary>
    public static string ToJson(RoutePlan plan, RouteDecision? decision) => PrintedJson.Of(new { Plan = Json(plan), Decision = decision is null ? null : Json(decision) });

    /// <summary>One JSON object: the plan, the table, and what was realised.</summary>
    public static string ToJson(RequestExplanation explanation) => PrintedJson.Of(
        new
        {
            explanation.Status?.RequestId,
            explanation.Status?.Phase,
            Plan = explanation.Plan is { } plan ? Json(plan) : null,
            Decision = explanation.Decision is { } decision ? Json(decision) : null,
            Alternative = explanation.Alternative is { } other ? new { Plan = other.Plan is { } otherPlan ? Json(otherPlan) : null, Decision = other.Decision is { } otherDecision ? Json(otherDecision) : null, Refusal = other.Refusal?.ToString() } : null,
            Realised = explanation.Realised is { } realised
                ? new
                {
                    realised.IsDelivered, LatencySeconds = realised.Latency.TotalSeconds, Paid = realised.Paid.ToString(), realised.Provers, Loss = Share(realised.LossPpm),
                    ExpectedLoss = explanation.Decision?.Chosen is { IsFeasible: true } chosen ? Share(chosen.LossPpm) : (double?)null,
                    BestOther = explanation.BestOther?.Instance,
                    BestOtherExpectedLoss = explanation.BestOther is { } best ? Share(best.ExpectedLossPpm) : (double?)null,
                    BestOtherBetterBy = explanation.BestOther is { } better ? Share(better.BetterByPpm) : (double?)null,
                }
                : null,
            Advice = Advice(explanation),
        });

    /// <summary>The plan and the table, in lines.</summary>
    public static string ToText(RoutePlan plan, RouteDecision? decision)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"plan: {plan.Explanation}");
        foreach (var (stage, at) in plan.Stages.Select((stage, at) => (stage, at)))
        {
            var parameters = stage.Parameters.Count == 0 ? "" : " " + string.Join(" ", stage.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"));
            text.AppendLine(CultureInfo.InvariantCulture, $"  stage {at}: {stage.Name}{parameters}");
        }
        if (decision is not null) AppendTable(text, decision);
        return text.ToString().TrimEnd();
    }

    private static void AppendTable(StringBuilder text, RouteDecision decision)
    {
        var weights = decision.Weights;
        text.AppendLine(CultureInfo.InvariantCulture, $"weights: speed {weights.Speed}, cost {weights.Cost}, safety {weights.Safety}, censorship resistance {weights.CensorshipResistance}");
        text.AppendLine(CultureInfo.InvariantCulture, $"speed is judged by a half-life of {Seconds(decision.HalfLife)}, cost by a usual price of {decision.Reference} credits");
        text.AppendLine(CultureInfo.InvariantCulture, $"eligible: {decision.Eligible}{LeftOut(decision)}");
        text.AppendLine("instance                     P(soft) P(hard)  time p50/p90 s    price p50/p90  provers  score  loss");
        foreach (var row in decision.Table) text.AppendLine(Row(row));
    }

    /// <summary>The explanation, in lines.</summary>
    public static string ToText(RequestExplanation explanation)
    {
        var text = new StringBuilder(explanation.Plan is { } plan ? ToText(plan, explanation.Decision) : "no plan");
        if (explanation.Alternative is { } alternative) AppendAlternative(text, alternative);
        if (explanation.Realised is { } realised)
        {
            text.AppendLine();
            text.Append(realised.IsDelivered
                ? string.Create(CultureInfo.InvariantCulture, $"realised: a proof after {Seconds(realised.Latency)} for {realised.Paid} credits, {realised.Provers} prover(s) held the work; loss {Share(realised.LossPpm):0.000}")
                : string.Create(CultureInfo.InvariantCulture, $"realised: no proof; loss {Share(realised.LossPpm):0.000}"));
            if (explanation.Decision?.Chosen is { IsFeasible: true } chosen) text.Append(CultureInfo.InvariantCulture, $", expected {Share(chosen.LossPpm):0.000}");
            if (explanation.BestOther is { } other)
            {
                text.Append(CultureInfo.InvariantCulture, $"; the best other, {other.Instance}, was expected to lose {Share(other.ExpectedLossPpm):0.000}, ");
                text.Append(CultureInfo.InvariantCulture, $"{Share(Math.Abs(other.BetterByPpm)):0.000} {(other.BetterByPpm > 0 ? "less than was lost" : "more than was lost")}");
            }
        }
        if (Advice(explanation) is { } advice)
        {
            text.AppendLine();
            text.Append(advice);
        }
        return text.ToString();
    }

    /// <summary>How the like of a request that names its mechanism would be served if it were left to the market.</summary>
    private static void AppendAlternative(StringBuilder text, RouteAnswer alternative)
    {
        text.AppendLine();
        if (alternative.Decision is not { } decision)
        {
            text.Append(CultureInfo.InvariantCulture, $"left to the market, its like could not be served now: {alternative.Refusal}");
            return;
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"left to the market, its like would be served now by {alternative.Plan?.Explanation ?? $"nobody: {alternative.Refusal}"}");
        var table = new StringBuilder();
        AppendTable(table, decision);
        text.Append(table.ToString().TrimEnd());
    }

    /// <summary>For a request that nobody has taken: the smallest change that would let further provers in. What was tried is said, for two changes together may do what none does alone.</summary>
    private static string? Advice(RequestExplanation explanation)
    {
        if (explanation is not { Status: { ProverId: null } status } || (explanation.Decision ?? explanation.Alternative?.Decision) is not { } decision) return null;
        if (status.Phase.IsFinal() ? status.Outcome != ReasonCode.NobodyJoined : decision is { Eligible: > 0, Chosen.IsFeasible: true }) return null;
        var eligible = explanation.Decision is null ? $"{decision.Eligible} are eligible now" : $"{decision.Eligible} were eligible when it was routed";
        if (!decision.Absent.IsEmpty) eligible += $"; of allowedProvers not connected, or without the program: {string.Join(", ", decision.Absent)}{(decision.Absent.Length == SupplySelection.MostAbsent ? ", …" : "")}";
        return decision.Relaxations.IsEmpty
            ? $"{eligible}; no change of one limit alone would let in another of those who are connected and serve the program (tried: maxPrice, hardDeadline, minRedundancy, hardware, allowedProvers, deniedProvers, minStake)"
            : $"{eligible}; the smallest change that would let others in ({decision.Relaxations[0].Provers}): {decision.Relaxations[0].Change}";
    }

    private static string Row(InstanceForecast row) => row.Limit is { } limit
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Instance,-28} no: {limit}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Instance,-28} {Share(row.SoftPpm),7:0.000} {Share(row.HardPpm),7:0.000} {row.LatencyP50.TotalSeconds,7:0.0#} / {row.LatencyP90.TotalSeconds,-7:0.0#} {(decimal)row.PriceP50.Micro / Credits.MicroPerCredit,7:0.###} / {(decimal)row.PriceP90.Micro / Credits.MicroPerCredit,-7:0.###} {row.ProversMilli / 1000.0,5:0.0}  {Share(row.ScorePpm):0.000}  {Share(row.LossPpm):0.000}");

    private static string LeftOut(RouteDecision decision) =>
        decision.LeftOut.Count == 0 ? "" : "; left out: " + string.Join(", ", decision.LeftOut.Select(reason => $"{reason.Value} {reason.Key}"));

    private static object Json(RoutePlan plan) => new
    {
        plan.Explanation,
        Stages = plan.Stages.Select(stage => new { stage.Name, Parameters = stage.Parameters.ToDictionary() }),
        EndsPermille = plan.EndsPermille.IsEmpty ? null : plan.EndsPermille.AsEnumerable(),
    };

    private static object Json(RouteDecision decision) => new
    {
        decision.Reason,
        decision.IsExploring,
        decision.Eligible,
        LeftOut = decision.LeftOut.ToDictionary(reason => $"{reason.Key}", reason => reason.Value),
        HalfLifeSeconds = decision.HalfLife.TotalSeconds,
        Reference = decision.Reference.ToString(),
        Weights = decision.Weights,
        Absent = decision.Absent.IsEmpty ? null : decision.Absent.AsEnumerable(),
        Changes = decision.Relaxations.Select(change => new { change.Limit, change.Provers, change.Change, change.Percent }),
        Table = decision.Table.Select(row => row.Limit is { } limit
            ? new { row.Instance, IsFeasible = false, Limit = limit.ToString() }
            : (object)new
            {
                row.Instance,
                IsFeasible = true,
                DeliveredBySoft = Share(row.SoftPpm),
                DeliveredByHard = Share(row.HardPpm),
                SecondsP50 = row.LatencyP50.TotalSeconds,
                SecondsP90 = row.LatencyP90.TotalSeconds,
                PriceP50 = row.PriceP50.ToString(),
                PriceP90 = row.PriceP90.ToString(),
                Provers = row.ProversMilli / 1000.0,
                Score = Share(row.ScorePpm),
                Loss = Share(row.LossPpm),
            }),
    };

    private static double Share(int ppm) => ppm / 1_000_000.0;

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
