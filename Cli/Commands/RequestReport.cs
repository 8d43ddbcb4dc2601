using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cli.Commands;

/// <summary>A request's status as <c>market request</c> prints it.</summary>
internal static class RequestReport
{
    /// <summary>One JSON object: the status, without what is not known yet.</summary>
    public static string ToJson(RequestStatus status) => PrintedJson.Of(
        new
        {
            status.RequestId,
            status.Phase,
            Outcome = status.Outcome == ReasonCode.None ? (ReasonCode?)null : status.Outcome,
            status.ProverId,
            Paid = status.Paid?.ToString(),
            Refusal = status.Refusal?.ToString(),
            status.Invited,
            status.Racing,
            Statements = status.Statements == 0 ? (int?)null : status.Statements,
            Proved = status.Statements == 0 ? null : status.Proved.Select(proved => new { proved.Statement, proved.ProverId, proved.ReceivedAt, Reward = proved.Reward.ToString() }),
            LeftOut = status.LeftOut.ToDictionary(reason => $"{reason.Key}", reason => reason.Value),
            Timeline = status.Timeline.Select(entry => new
            {
                entry.At,
                entry.Phase,
                Reason = entry.Reason == ReasonCode.None ? (ReasonCode?)null : entry.Reason,
                entry.ProverId,
                Detail = entry.Detail.Length == 0 ? null : entry.Detail,
            }),
        });

    /// <summary>One line for what happened.</summary>
    public static string ToText(TimelineEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.At:HH:mm:ss.fff} {entry.Phase}{(entry.Reason == ReasonCode.None ? "" : $" {entry.Reason}")}{(entry.ProverId is null ? "" : $" {entry.ProverId}")}{(entry.Detail.Length == 0 ? "" : $": {entry.Detail}")}");

    /// <summary>One line for where the request stands, with why nobody takes it when nobody does.</summary>
    public static string ToText(RequestStatus status)
    {
        var line = $"{status.RequestId} is {status.Phase}";
        if (status.Outcome != ReasonCode.None) line += $", {status.Outcome}";
        if (status.ProverId is { } prover) line += $", proved by {prover}";
        if (status.Statements > 0)
        {
            line += $", {status.Proved.Length} of {status.Statements} statements proved";
            var parts = status.Proved.GroupBy(proved => proved.ProverId, StringComparer.Ordinal).OrderBy(part => part.Key, StringComparer.Ordinal).ToArray();
            if (parts.Length > 0) line += $" ({string.Join(", ", parts.Select(part => $"{part.Key} {part.Count()}"))})";
        }
        if (status.Paid is { } paid) line += $", {paid} credits paid";
        if (!status.Phase.IsFinal()) line += $"; {status.Invited} invited, {status.Racing} at work";
        if (status.LeftOut.Count > 0 && status.ProverId is null) line += "; left out: " + string.Join(", ", status.LeftOut.Select(reason => $"{reason.Value} {reason.Key}"));
        return line;
    }
}
