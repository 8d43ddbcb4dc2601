using System.CommandLine;
using System.Globalization;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market request</c>: asks for proofs, and for what became of them.</summary>
internal static class RequestCommand
{
    private const string ExitCodesText = """
        Exit codes:
          0  done; with --wait, the proof was delivered
          1  refused, ended without a proof, or the market could not be reached; the reason is on standard error
          2  unusable flags or request file
          130  interrupted by Ctrl-C or SIGTERM; a request that was submitted goes on
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create() => new("request", "Asks for proofs, and for what became of them.") { CreateSubmit(), CreateStatus(), CreateExplain(), CreateWait(), CreateCancel() };

    private static DocumentedCommand CreateSubmit()
    {
        var file = new Argument<string>("FILE") { Description = "The request: JSON, as in samples/requests." };
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The request's id (default: the file's requestId). The same id with the same content is the same request, however often it is sent; deadlines that are durations are others each time." };
        var account = new Option<string>("--account") { HelpName = "ACCOUNT", Description = "The account that pays (default: the file's)." };
        var circuits = new Option<string>("--circuits") { HelpName = "DIR", Description = "Folder of circuits that the file may name (default: the circuits that come with this program)." };
        var wait = new Option<bool>("--wait") { Description = "Follow the request to its end." };
        var output = Output();
        return Command(
            "submit",
            "Submits a request from a file. Its program is registered if it is one of the circuits and the market does not know it.",
            "market request submit samples/requests/1-poseidon-preimage.json --id r1 --account alice --gateway 127.0.0.1:5170 --wait --proof proof.json",
            [file], [id, account, circuits, wait, output],
            (flags, json) =>
            {
                var (catalog, unusable) = CircuitCatalog.Open(flags.GetValue(circuits) ?? DemoFolders.Circuits);
                if (catalog is null) return (null, unusable);
                var (request, unreadable) = RequestFile.Read(flags.GetRequiredValue(file));
                if (request is null) return (null, unreadable);
                var (readable, wrong) = request.ToSpec(catalog, DateTimeOffset.UtcNow, flags.GetValue(id), flags.GetValue(account));
                if (readable is null) return (null, wrong);
                return (
                    async (market, console, cancellationToken) =>
                    {
                        if (catalog.Find(readable.ProgramId) is { } circuit && (await market.RegisterProgramAsync(circuit.Definition, cancellationToken)).Refusal is { } unknown)
                            return Refused(console, unknown);
                        // Durations count from here: connecting may have taken its time.
                        var spec = request.ToSpec(catalog, DateTimeOffset.UtcNow, flags.GetValue(id), flags.GetValue(account)).Spec!;
                        var result = await market.ProveAsync(spec, cancellationToken);
                        if (!result.IsAccepted) return Refused(console, result.Refusal);
                        return flags.GetValue(wait)
                            ? await FollowAsync(result.Handle, console, json, flags.GetValue(output), cancellationToken)
                            : Print(console, json, await result.Handle.GetStatusAsync(cancellationToken), spec.RequestId);
                    },
                    null);
            });
    }

    private static DocumentedCommand CreateStatus() => OfKnown(
        "status", "Tells where a request stands, what has happened, and why nobody takes it when nobody does.", [],
        async (handle, console, json, _, cancellationToken) => Print(console, json, await handle.GetStatusAsync(cancellationToken), handle.RequestId));

    private static DocumentedCommand CreateExplain() => OfKnown(
        "explain",
        "Tells why a request is served as it is: the table that decided, whom each limit left out, what it got against what was expected, and for one that nobody takes what would change that.",
        [],
        async (handle, console, json, _, cancellationToken) =>
        {
            var explanation = await handle.ExplainAsync(cancellationToken);
            if (explanation.Refusal is { } refusal) return Refused(console, refusal);
            console.Output.WriteLine(json ? RouteReport.ToJson(explanation) : RouteReport.ToText(explanation));
            return ExitCodes.Success;
        });

    private static DocumentedCommand CreateWait()
    {
        var output = Output();
        return OfKnown(
            "wait", "Follows a request to its end.", [output],
            (handle, console, json, flags, cancellationToken) => FollowAsync(handle, console, json, flags.GetValue(output), cancellationToken));
    }

    private static DocumentedCommand CreateCancel() => OfKnown(
        "cancel", "Cancels a request. What is held for it comes back; one with an accepted proof is not cancelled any more.", [],
        async (handle, console, json, _, cancellationToken) => await handle.CancelAsync(cancellationToken) is { Refusal: { } refusal }
            ? Refused(console, refusal)
            : Print(console, json, await handle.GetStatusAsync(cancellationToken), handle.RequestId));

    private static DocumentedCommand OfKnown(
        string name, string description, IEnumerable<Option> options,
        Func<ProofHandle, InvocationConfiguration, bool, ParseResult, CancellationToken, Task<int>> act)
    {
        var id = new Argument<string>("ID") { Description = "The request's id." };
        return Command(
            name, description, $"market request {name} r1 --gateway 127.0.0.1:5170", [id], options,
            (flags, json) => Ids.Check("ID", flags.GetRequiredValue(id)) is { } malformed
                ? (null, malformed)
                : ((market, console, cancellationToken) => act(market.Attach(flags.GetRequiredValue(id)), console, json, flags, cancellationToken), null));
    }

    private delegate Task<int> Act(IProvingMarketClient market, InvocationConfiguration console, CancellationToken cancellationToken);

    private static DocumentedCommand Command(
        string name, string description, string example, IEnumerable<Argument> arguments, IEnumerable<Option> options, Func<ParseResult, bool, (Act? Act, Refusal? Refusal)> read)
    {
        var connection = new ConnectionOptions();
        var json = new Option<bool>("--json") { Description = "Print the answer as one JSON object." };
        var command = new DocumentedCommand(name, description, $"{ExitCodesText}\n\nExample:\n  {example}");
        foreach (var argument in arguments) command.Arguments.Add(argument);
        foreach (var option in (IEnumerable<Option>)[.. options, json, .. connection.All]) command.Options.Add(option);
        command.SetAction(async (flags, cancellationToken) =>
        {
            var console = flags.InvocationConfiguration;
            var (target, problem) = connection.Read(flags);
            if (target is null) return Fail(console, ExitCodes.Unusable, problem!);
            var (act, refusal) = read(flags, flags.GetValue(json));
            return act is null
                ? Fail(console, ExitCodes.Unusable, $"{refusal}")
                : await MarketCall.RunAsync(target, console, market => act(market, console, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static Option<string> Output() => new("--proof") { HelpName = "FILE", Description = "Write the delivered proof to this file; those of a batch, with their numbers before the extension: proof.0.json, proof.1.json, …" };

    private static async Task<int> FollowAsync(ProofHandle handle, InvocationConfiguration console, bool json, string? proofFile, CancellationToken cancellationToken)
    {
        var seen = 0;
        await foreach (var status in handle.WatchAsync(cancellationToken))
        {
            if (!json)
            {
                foreach (var entry in status.Timeline.Skip(seen)) await console.Output.WriteLineAsync(RequestReport.ToText(entry));
            }
            seen = status.Timeline.Length;
        }
        var outcome = await handle.WaitAsync(cancellationToken);
        if (Print(console, json, outcome.Status, handle.RequestId, withTimeline: false) is not ExitCodes.Success and var failed) return failed;
        // Of a batch that was not completed, what has been proved is paid, and the requester's.
        var written = proofFile is null || (!outcome.IsDelivered && outcome.Statements.IsEmpty)
            ? ExitCodes.Success
            : await WriteAsync(proofFile, outcome, console, cancellationToken);
        return outcome.IsDelivered ? written : Refused(console, outcome.Refusal);
    }

    private static async Task<int> WriteAsync(string file, ProofOutcome outcome, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        if (outcome.Statements.IsEmpty) return await WriteAsync(file, outcome.Proof, console, cancellationToken);
        var exitCode = ExitCodes.Success;
        foreach (var statement in outcome.Statements)
        {
            var ofStatement = Path.ChangeExtension(file, string.Create(CultureInfo.InvariantCulture, $"{statement.Statement}{Path.GetExtension(file)}"));
            if (await WriteAsync(ofStatement, statement.Proof, console, cancellationToken) is not ExitCodes.Success and var failed) exitCode = failed;
        }
        return exitCode;
    }

    private static async Task<int> WriteAsync(string file, Bytes proof, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file, proof.Memory, cancellationToken);
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(console, ExitCodes.Refused, $"The proof was delivered, but {file} cannot be written: {exception.Message}");
        }
    }

    private static int Print(InvocationConfiguration console, bool json, RequestStatus? status, string requestId, bool withTimeline = true)
    {
        if (status is null) return Refused(console, Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", requestId));
        if (json)
        {
            console.Output.WriteLine(RequestReport.ToJson(status));
            return ExitCodes.Success;
        }
        if (withTimeline)
        {
            foreach (var entry in status.Timeline) console.Output.WriteLine(RequestReport.ToText(entry));
        }
        console.Output.WriteLine(RequestReport.ToText(status));
        return ExitCodes.Success;
    }

    private static int Refused(InvocationConfiguration console, Refusal refusal) => Fail(console, ExitCodes.Refused, refusal.ToString());

    private static int Fail(InvocationConfiguration console, int exitCode, string message)
    {
        console.Error.WriteLine(message);
        return exitCode;
    }
}
