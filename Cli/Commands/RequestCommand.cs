using System.CommandLine;
using System.Globalization;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Cli.Demo;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market request</c>: asks for proofs, and for what became of them.</summary>
internal static class RequestCommand
{
    private const string IdArgument = "ID";
    private const string FileArgument = "FILE";

    private const string StatusJson = """
        JSON (--json): requestId, phase, outcome, proverId, paid, refusal, invited, racing, statements, proved [{statement, proverId, receivedAt, reward}],
        leftOut {reason: count}, timeline [{at, phase, reason, proverId, detail}]; what is not known is left out.
        """;

    private const string ExplanationJson = """
        JSON (--json): requestId, phase, plan {explanation, stages [{name, parameters}]}, decision, realised, advice; of a request that names its mechanism, alternative
        {plan, decision} instead of decision. A decision has reason, eligible, leftOut {reason: count}, weights, absent, changes [{limit, provers, change,
        percent}] and table [{instance, isFeasible, limit, deliveredBySoft, deliveredByHard, secondsP50, secondsP90, priceP50, priceP90, provers, score, loss}].
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create() => new("request", "Asks for proofs, and for what became of them.") { CreateSubmit(), CreateStatus(), CreateExplain(), CreateWait(), CreateCancel() };

    private static DocumentedCommand CreateSubmit()
    {
        var file = new Argument<string>(FileArgument) { Description = "The request: JSON, as in samples/requests." };
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The request's id (default: the file's requestId). The same id with the same content is the same request, however often it is sent; deadlines that are durations count from the first time." };
        var account = new Option<string>("--account") { HelpName = "ACCOUNT", Description = "The account that pays (default: the file's)." };
        var circuits = new Option<string>("--circuits") { HelpName = "DIR", Description = "Folder of circuits that the file may name (default: the circuits that come with this program)." };
        var wait = new Option<bool>("--wait") { Description = "Follow the request to its end." };
        var files = new DeliveredFiles(" Implies --wait.");
        return Command(
            "submit",
            "Submits a request from a file. Its program is registered if it is one of the circuits and the market does not know it.",
            "done; with --wait, --proof or --public, the proof was delivered",
            StatusJson,
            "market request submit samples/requests/1-poseidon-preimage.json --id r1 --account alice --gateway 127.0.0.1:5170 --proof proof.json --public public.json",
            [file], [id, account, circuits, wait, .. files.All],
            line =>
            {
                if (files.Problem(line) is { } unwritable) return (null, unwritable);
                var (catalog, unusable) = CircuitCatalog.Open(line.GetValue(circuits) ?? DemoFolders.Circuits);
                if (catalog is null) return (null, $"--circuits: {unusable}");
                var (request, unreadable) = RequestFile.Read(line.GetRequiredValue(file));
                if (request is null) return (null, $"{unreadable}");
                var (readable, wrong) = Spec();
                if (readable is null) return (null, $"{InWordsOfTheUser(wrong!)}");
                return (
                    async (market, cancellationToken) =>
                    {
                        if (catalog.Find(readable.ProgramId) is { } circuit && (await market.RegisterProgramAsync(circuit.Definition, cancellationToken)).Refusal is { } unknown)
                            return Refused(line, InWordsOfTheUser(unknown));
                        // Durations count from here: connecting may have taken its time, in which a point in time may have passed.
                        var (spec, late) = Spec();
                        if (spec is null) return Refused(line, InWordsOfTheUser(late!));
                        var result = await market.ProveAsync(spec, cancellationToken);
                        if (!result.IsAccepted && !(result.Conflict is { } known && request.IsSentAgain(spec, known))) return Refused(line, InWordsOfTheUser(result.Refusal));
                        var handle = result.Handle ?? market.Attach(spec.RequestId);
                        var status = await handle.GetStatusAsync(cancellationToken);
                        if (result.Conflict is { } first)
                        {
                            await line.InvocationConfiguration.Error.WriteLineAsync(SentBefore(spec.RequestId, first));
                            if (status is { Phase: RequestPhase.Rejected, Refusal: { } rejected }) return Refused(line, InWordsOfTheUser(rejected));
                        }
                        return line.GetValue(wait) || files.AreWanted(line) ? await FollowAsync(handle, line, files, cancellationToken) : Print(line, status, spec.RequestId);
                    },
                    null);

                (ProofRequestSpec? Spec, Refusal? Refusal) Spec() => request.ToSpec(catalog, DateTimeOffset.UtcNow, line.GetValue(id), line.GetValue(account));

                Refusal InWordsOfTheUser(Refusal refusal) => GivenNames.OfFile(refusal, line.GetResult(id) is not null, line.GetResult(account) is not null);
            });
    }

    /// <summary>What is said of a request that was submitted before, when only the time has passed since.</summary>
    private static string SentBefore(string requestId, RequestConflict first) => string.Create(
        CultureInfo.InvariantCulture,
        $"{requestId} was submitted at {first.SubmittedAt:O} and is followed, not submitted again: its deadlines count from then, to {first.SoftDeadline:O} and {first.HardDeadline:O}.");

    private static DocumentedCommand CreateStatus() => OfKnown(
        "status", "Tells where a request stands, what has happened, and why nobody takes it when nobody does.", "told", StatusJson, [],
        async (handle, line, cancellationToken) => Print(line, await handle.GetStatusAsync(cancellationToken), handle.RequestId));

    private static DocumentedCommand CreateExplain() => OfKnown(
        "explain",
        """
        Tells why a request is served as it is: the table that decided, whom each limit left out, what it got against what was expected, and for one that
        nobody takes what would change that. Of one that names its mechanism, what the market would do now with its like if it were left to the market.
        """,
        "told",
        ExplanationJson,
        [],
        async (handle, line, cancellationToken) =>
        {
            var explanation = await handle.ExplainAsync(cancellationToken);
            return explanation.Refusal is { } refusal
                ? Refused(line, GivenNames.OfArgument(refusal, IdArgument))
                : line.Answer(() => RouteReport.ToText(explanation), () => RouteReport.ToJson(explanation));
        });

    private static DocumentedCommand CreateWait()
    {
        var files = new DeliveredFiles();
        return OfKnown("wait", "Follows a request to its end.", "the proof was delivered", StatusJson, files.All, (handle, line, cancellationToken) => FollowAsync(handle, line, files, cancellationToken), files.Problem);
    }

    private static DocumentedCommand CreateCancel() => OfKnown(
        "cancel", "Cancels a request, and waits until that is done. What is held for it comes back; one with an accepted proof is not cancelled any more.", "cancelled, now or before", StatusJson, [],
        async (handle, line, cancellationToken) =>
        {
            if (await handle.CancelAsync(cancellationToken) is { Refusal: { } refusal }) return Refused(line, GivenNames.OfArgument(refusal, IdArgument));
            // A proof that was being judged when the market heard of it comes first.
            var ended = (await handle.WaitAsync(cancellationToken)).Status;
            return ended is null or { Phase: RequestPhase.Cancelled }
                ? Print(line, ended, handle.RequestId)
                : Refused(line, Refusal.Of(ReasonCode.RequestEnded, IdArgument, "an open request", $"{ended.Outcome}"));
        });

    private static DocumentedCommand OfKnown(
        string name, string description, string done, string json, IEnumerable<Option> options,
        Func<ProofHandle, ParseResult, CancellationToken, Task<int>> act, Func<ParseResult, string?>? problem = null)
    {
        var id = new Argument<string>(IdArgument) { Description = "The request's id." };
        return Command(
            name, description, done, json, $"market request {name} r1 --gateway 127.0.0.1:5170", [id], options,
            line => Ids.Check(IdArgument, line.GetRequiredValue(id))?.ToString() is { } malformed ? (null, malformed)
                : problem?.Invoke(line) is { } unusable ? (null, unusable)
                : ((market, cancellationToken) => act(market.Attach(line.GetRequiredValue(id)), line, cancellationToken), null));
    }

    private delegate Task<int> Act(IProvingMarketClient market, CancellationToken cancellationToken);

    private static DocumentedCommand Command(
        string name, string description, string done, string json, string example, IEnumerable<Argument> arguments, IEnumerable<Option> options,
        Func<ParseResult, (Act? Act, string? Problem)> read)
    {
        var connection = new ConnectionOptions();
        var command = new DocumentedCommand(
            name,
            description,
            $"""
            Exit codes:
              0  {done}
              1  refused, ended without a proof, or the market could not be reached; the reason is on standard error
              2  unusable arguments{(arguments.Any(argument => argument.Name == FileArgument) ? " or request file" : "")}
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM; a request that was submitted goes on

            {json}

            Example:
              {example}
            """);
        foreach (var argument in arguments) command.Arguments.Add(argument);
        foreach (var option in (IEnumerable<Option>)[.. options, Answers.JsonOption(), .. connection.All]) command.Options.Add(option);
        command.SetAction(async (line, cancellationToken) =>
        {
            var (target, problem) = connection.Read(line);
            if (target is null) return line.Fail(ExitCodes.Unusable, problem!);
            var (act, unusable) = read(line);
            return act is null
                ? line.Fail(ExitCodes.Unusable, unusable!)
                : await MarketCall.RunAsync(target, line.InvocationConfiguration, market => act(market, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<int> FollowAsync(ProofHandle handle, ParseResult line, DeliveredFiles files, CancellationToken cancellationToken)
    {
        var seen = 0;
        await foreach (var status in handle.WatchAsync(cancellationToken))
        {
            if (!line.WantsJson())
            {
                foreach (var entry in status.Timeline.Skip(seen)) await line.InvocationConfiguration.Output.WriteLineAsync(RequestReport.ToText(entry));
            }
            seen = status.Timeline.Length;
        }
        var outcome = await handle.WaitAsync(cancellationToken);
        if (Print(line, outcome.Status, handle.RequestId, withTimeline: false) is not ExitCodes.Success and var failed) return failed;
        var written = await files.WriteAsync(line, outcome, cancellationToken);
        return outcome.IsDelivered ? written : Refused(line, GivenNames.OfFile(outcome.Refusal, hasId: false, hasAccount: false));
    }

    private static int Print(ParseResult line, RequestStatus? status, string requestId, bool withTimeline = true) => status is null
        ? Refused(line, Refusal.Of(ReasonCode.RequestUnknown, IdArgument, "a submitted request", requestId))
        : line.Answer(
            () => string.Join(Environment.NewLine, [.. withTimeline ? status.Timeline.Select(RequestReport.ToText) : [], RequestReport.ToText(status)]),
            () => RequestReport.ToJson(status));

    private static int Refused(ParseResult line, Refusal refusal) => line.Fail(ExitCodes.Refused, refusal.ToString());
}
