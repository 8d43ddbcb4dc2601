using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Routing.Scores;

namespace ProvingMarket.Cli.Commands;

/// <summary>A prover's score as people and scripts see it.</summary>
internal static class ScoreReport
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>One JSON object.</summary>
    public static string ToJson(ProverScore score) => PrintedJson.Of(
        new
        {
            score.ProverId,
            score.IsLive,
            Reputation = score.ReputationPpm / 1e6,
            score.PausedUntil,
            score.Completed,
            score.Missed,
            score.Lapsed,
            score.Commitments,
            Standings = score.Standings.Select(standing => new
            {
                standing.Program, standing.Others, standing.Cheaper, standing.Faster, Price = standing.Price.ToString(), Seconds = standing.Time.TotalSeconds, Score = standing.ScorePpm / 1e6,
            }),
            Runs = new
            {
                score.Tally.Since,
                score.Tally.Runs,
                Eligible = Eligible(score.Tally),
                LeftOut = Named(score.Tally.LeftOut),
                Invited = score.Invitations.Invited.ToDictionary(),
                Ended = Named(score.Invitations.Ended),
                score.Tally.Leases,
                Refused = Named(score.Tally.Refused),
            },
            Remembered = score.Tally.Demands.Length,
            score.Reached,
            score.Improvements,
        });

    /// <summary>For people.</summary>
    public static string ToText(ProverScore score)
    {
        var text = new StringBuilder();
        text.AppendLine(Culture, $"{score.ProverId}: {(score.PausedUntil is { } until ? $"paused until {until:u}" : score.IsLive ? "connected" : "not connected")}; reputation {score.ReputationPpm / 1e6:0.000}; leases ever: {score.Completed} completed, {score.Missed} missed, {score.Lapsed} not taken up");
        text.AppendLine();
        text.AppendLine("commitment     declared                 measured");
        foreach (var commitment in score.Commitments)
            text.AppendLine(Culture, $"{commitment.Kind,-14} {Or(commitment.Declared),-24} {Or(commitment.Measured)}{(commitment.IsKept is { } kept ? kept ? ": kept" : ": NOT kept" : "")}");
        if (!score.Standings.IsEmpty)
        {
            text.AppendLine();
            text.AppendLine("program                          price     seconds   others   cheaper   faster   score");
            foreach (var standing in score.Standings)
                text.AppendLine(Culture, $"{standing.Program,-28} {standing.Price,9} {standing.Time.TotalSeconds,11:0.###} {standing.Others,8} {standing.Cheaper,9} {standing.Faster,8}   {standing.ScorePpm / 1e6:0.000}");
        }
        text.AppendLine();
        text.AppendLine(Culture, $"since {score.Tally.Since:u}: {score.Tally.Runs} runs looked for provers; eligible for {Eligible(score.Tally)} ({Share(Eligible(score.Tally), score.Tally.Runs)}), {score.Invitations.Invited.Values.Sum()} invitations{Listed(score.Invitations.Invited)}, {score.Tally.Leases} leases ({Share(score.Tally.Leases, score.Tally.Runs)})");
        if (!score.Tally.LeftOut.IsEmpty) text.AppendLine(Culture, $"  not eligible: {Reasons(score.Tally.LeftOut)}");
        if (!score.Tally.Refused.IsEmpty) text.AppendLine(Culture, $"  refused a lease: {Reasons(score.Tally.Refused)}");
        if (!score.Invitations.Ended.IsEmpty) text.AppendLine(Culture, $"  invitations ended: {Reasons(score.Invitations.Ended)}");
        text.AppendLine();
        text.Append(Culture, $"among the first for {score.Reached} of {score.Tally.Demands.Length} runs of late; what would make it more:");
        if (score.Improvements.IsEmpty) text.AppendLine().Append("  no single change");
        foreach (var change in score.Improvements) text.AppendLine().Append(Culture, $"  +{change.Gains}: {change.Change} ({change.Percent} %)");
        return text.ToString();
    }

    private static int Eligible(ProverTally tally) => tally.Runs - tally.LeftOut.Values.Sum();

    private static Dictionary<string, int> Named(ImmutableSortedDictionary<ReasonCode, int> counts) => counts.ToDictionary(count => $"{count.Key}", count => count.Value);

    private static string Reasons(ImmutableSortedDictionary<ReasonCode, int> counts) => string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Value} {count.Key}"));

    private static string Listed(ImmutableSortedDictionary<string, int> counts) => counts.Count == 0 ? "" : $" ({string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"))})";

    private static string Share(int part, int of) => of == 0 ? "-" : string.Create(Culture, $"{100.0 * part / of:0.#} %");

    private static string Or(string text) => text.Length == 0 ? "-" : text;
}
