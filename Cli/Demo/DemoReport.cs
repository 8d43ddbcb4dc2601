using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using Spectre.Console;

namespace ProvingMarket.Cli.Demo;

/// <summary>The tables at the end of the demonstration.</summary>
internal sealed class DemoReport(IAnsiConsole console)
{
    /// <summary>The same as one JSON object.</summary>
    public static string ToJson(Demonstration.Result result, TimeSpan took) => Commands.PrintedJson.Of(new
    {
        Seconds = took.TotalSeconds,
        Requests = result.Outcomes.Select(outcome => new
        {
            outcome.Request.Name,
            outcome.Request.Account,
            Mechanisms = outcome.Explanation.Plan?.Stages.Select(stage => stage.Name),
            outcome.Status.Phase,
            outcome.Status.Outcome,
            outcome.Status.ProverId,
            MaxPrice = outcome.MaxPrice.ToString(),
            Paid = outcome.Status.Paid?.ToString(),
            Seconds = outcome.Latency.TotalSeconds,
            Verified = outcome.ProofVerifiedAgain,
        }),
        Money = new { Before = result.Before.Total.ToString(), After = result.After.Total.ToString() },
        Promises = result.Checks.Select(check => new { check.Promise, check.Holds, check.Seen }),
    });

    /// <summary>One table for each request: its way, step by step.</summary>
    public void Timelines(IEnumerable<DemoOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
        {
            var table = new Table { Title = new TableTitle($"{outcome.Request.Name} ({outcome.Request.Account})") }.Border(TableBorder.Simple).Expand();
            table.AddColumns("after", "phase", "prover", "reason", "detail");
            var timeline = outcome.Status.Timeline;
            foreach (var entry in timeline.OrderBy(entry => entry.At))
            {
                table.AddRow(
                    $"{(entry.At - timeline[0].At).TotalSeconds:0.000} s", entry.Phase.ToString(), entry.ProverId ?? "",
                    entry.Reason == ReasonCode.None ? "" : entry.Reason.ToString(), Markup.Escape(entry.Detail));
            }
            console.Write(table);
        }
    }

    /// <summary>Why the market chose as it did, for each request that left it the choice.</summary>
    public void Choices(IEnumerable<DemoOutcome> outcomes)
    {
        foreach (var outcome in outcomes.Where(outcome => !outcome.IsNamed))
        {
            console.WriteLine();
            console.MarkupLine($"[bold]{Markup.Escape($"{outcome.Request.Name} ({outcome.Request.Account}) named no mechanism")}[/]");
            console.WriteLine(Commands.RouteReport.ToText(outcome.Explanation));
        }
        console.WriteLine();
    }

    /// <summary>Who proved each request, for how much, how fast, and whether the proof was verified.</summary>
    public void Requests(IEnumerable<DemoOutcome> outcomes)
    {
        var table = new Table { Title = new TableTitle("Requests") }.Border(TableBorder.Rounded);
        table.AddColumns("request", "mechanism", "ended as", "proved by", "max price", "paid", "latency", "verified");
        foreach (var outcome in outcomes)
        {
            table.AddRow(
                outcome.Request.Name, string.Join(", then ", outcome.Explanation.Plan?.Stages.Select(stage => stage.Name) ?? []), outcome.Status.Phase.ToString(), outcome.Status.ProverId ?? "nobody", outcome.MaxPrice.ToString(),
                outcome.Status.Paid?.ToString() ?? "0", $"{outcome.Latency.TotalSeconds:0.00} s", Verified(outcome));
        }
        console.Write(table);
    }

    /// <summary>Balances before and after, and the sum of all money.</summary>
    public void Money(MoneyCount before, MoneyCount after)
    {
        var table = new Table { Title = new TableTitle("Money, in credits") }.Border(TableBorder.Rounded);
        table.AddColumns("account or stake", "before", "after", "change");
        foreach (var (account, balance) in before.Accounts) Row(account, balance.Available + balance.Held, after.Accounts[account].Available + after.Accounts[account].Held);
        foreach (var (prover, stake) in before.Stakes) Row($"stake of {prover}", stake, after.Stakes[prover]);
        table.AddEmptyRow();
        Row("sum", before.Total, after.Total);
        console.Write(table);

        void Row(string name, Credits old, Credits now) =>
            table.AddRow(name, old.ToString(), now.ToString(), now == old ? "" : $"{(now > old ? "+" : "")}{now - old}");
    }

    /// <summary>What was promised, and whether it happened.</summary>
    public void Checks(IReadOnlyCollection<DemoCheck> checks)
    {
        var table = new Table { Title = new TableTitle("Promised") }.Border(TableBorder.Rounded);
        table.AddColumns("", "what", "seen");
        foreach (var check in checks)
            table.AddRow(check.Holds ? "[green]yes[/]" : "[red]NO[/]", Markup.Escape(check.Promise), Markup.Escape(check.Seen));
        console.Write(table);
    }

    private static string Verified(DemoOutcome outcome) => outcome.Status.Phase == RequestPhase.Fulfilled
        ? outcome.ProofVerifiedAgain ? "[green]yes, twice[/]" : "[red]not by the requester[/]"
        : $"no: {outcome.Status.Outcome}{LeftOut(outcome.Status)}";

    private static string LeftOut(RequestStatus status) => status.LeftOut.Count > 0
        ? " (" + string.Join(", ", status.LeftOut.Select(left => $"{left.Value} × {left.Key}")) + ")"
        : "";
}

/// <summary>How a request of the demonstration ended.</summary>
internal sealed record DemoOutcome
{
    /// <summary>The request.</summary>
    public required DemoRequest Request { get; init; }

    /// <summary>Its price ceiling.</summary>
    public required Credits MaxPrice { get; init; }

    /// <summary>True when its requester named the mechanism.</summary>
    public required bool IsNamed { get; init; }

    /// <summary>Its final status.</summary>
    public required RequestStatus Status { get; init; }

    /// <summary>True when the requester verified the delivered proof by itself, beside the market.</summary>
    public required bool ProofVerifiedAgain { get; init; }

    /// <summary>The delivered proof; empty when there is none.</summary>
    public required Bytes Proof { get; init; }

    /// <summary>Its public inputs; empty when there is none.</summary>
    public required Bytes PublicInputs { get; init; }

    /// <summary>The program's verification key.</summary>
    public required Bytes VerificationKey { get; init; }

    /// <summary>Why it was served as it was.</summary>
    public required RequestExplanation Explanation { get; init; }

    /// <summary>From submission to the end.</summary>
    public TimeSpan Latency => Status.Timeline.Max(entry => entry.At) - Status.Timeline[0].At;
}

/// <summary>A promise and whether it was kept.</summary>
internal sealed record DemoCheck(string Promise, bool Holds, string Seen);
