using System.CommandLine;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client;
using ProvingMarket.Domain;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market quote</c>: what the market would expect of a request, without submitting it.</summary>
internal static class QuoteCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The request: JSON, as in samples/requests. A mechanism it names is left aside." };
        var account = new Option<string>("--account") { HelpName = "ACCOUNT", Description = "The account that would pay (default: the file's): what the market has tuned for it competes, too." };
        var circuits = new Option<string>("--circuits") { HelpName = "DIR", Description = "Folder of circuits that the file may name (default: the circuits that come with this program)." };
        var connection = new ConnectionOptions();
        var command = new DocumentedCommand(
            "quote",
            """
            Tells what the market would expect of a request and how it would serve it, without submitting it: for every mechanism
            the chance of a proof by the deadlines, time and price, and why it is not feasible when it is not; the chosen one first.
            Of a batch it tells only who would serve it: forecasts are of single statements.
            """,
            """
            Exit codes:
              0  a mechanism can serve it
              1  none can now, the request was refused, or the market could not be reached; the reason is on standard error
              2  unusable flags or request file
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM

            Examples:
              market quote samples/requests/1-poseidon-preimage.json --account alice --gateway 127.0.0.1:5170
              market quote request.json --json --gateway 127.0.0.1:5170 | jq '.decision.table[0]'
            """);
        command.Arguments.Add(file);
        foreach (var option in (IEnumerable<Option>)[account, circuits, Answers.JsonOption(), .. connection.All]) command.Options.Add(option);
        command.SetAction(async (flags, cancellationToken) =>
        {
            var (target, problem) = connection.Read(flags);
            if (target is null) return flags.Fail(ExitCodes.Unusable, problem!);
            var (catalog, unusable) = CircuitCatalog.Open(flags.GetValue(circuits) ?? DemoFolders.Circuits);
            if (catalog is null) return flags.Fail(ExitCodes.Unusable, $"--circuits: {unusable}");
            var (request, unreadable) = RequestFile.Read(flags.GetRequiredValue(file));
            if (request is null) return flags.Fail(ExitCodes.Unusable, $"{unreadable}");
            var (readable, wrong) = request.ToSpec(catalog, DateTimeOffset.UtcNow, request.RequestId ?? "quote", flags.GetValue(account));
            if (readable is null) return flags.Fail(ExitCodes.Unusable, $"{InWordsOfTheUser(wrong!)}");
            return await MarketCall.RunAsync(
                target, flags.InvocationConfiguration, async market =>
                {
                    if (catalog.Find(readable.ProgramId) is { } circuit && (await market.RegisterProgramAsync(circuit.Definition, cancellationToken)).Refusal is { } unknown)
                        return flags.Fail(ExitCodes.Refused, $"{unknown}");
                    // Durations count from here: connecting may have taken its time, in which a point in time may have passed.
                    var (spec, late) = request.ToSpec(catalog, DateTimeOffset.UtcNow, readable.RequestId, flags.GetValue(account));
                    if (spec is null) return flags.Fail(ExitCodes.Refused, $"{InWordsOfTheUser(late!)}");
                    var answer = await market.QuoteAsync(spec, cancellationToken);
                    if (answer.Plan is not { } plan) return flags.Fail(ExitCodes.Refused, $"{InWordsOfTheUser(answer.Refusal!)}");
                    flags.Answer(() => RouteReport.ToText(plan, answer.Decision), () => RouteReport.ToJson(plan, answer.Decision));
                    return answer.Decision is { Chosen: not { IsFeasible: true } } unserved ? flags.Fail(ExitCodes.Refused, unserved.Reason) : ExitCodes.Success;
                },
                cancellationToken);

            Refusal InWordsOfTheUser(Refusal refusal) => GivenNames.OfFile(refusal, hasId: false, hasAccount: flags.GetResult(account) is not null);
        });
        return command;
    }
}
