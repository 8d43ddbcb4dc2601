using System.CommandLine;
using ProvingMarket.Cli.Audit;
using ProvingMarket.Cli.Connections;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests.Audits;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market audit</c>: computes a request's outcome again.</summary>
internal static class AuditCommand
{
    private const string Notes = """
        Exit codes:
          0  everything follows
          1  something does not; it is named by stage, entry, what the entry says and what was expected. Also: no such request, one that is still
             open, or the market could not be reached
          2  unusable arguments or file
          130  interrupted by Ctrl-C or SIGTERM

        Examples:
          market audit r1 --gateway 127.0.0.1:5170
          market audit r1 --gateway 127.0.0.1:5170 --out r1.json
          market audit --file r1.json --json
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var id = new Argument<string?>("REQUEST") { Arity = ArgumentArity.ZeroOrOne, Description = "The request's id; left out with --file." };
        var file = new Option<FileInfo?>("--file") { HelpName = "FILE", Description = "Audit this file, written by --out, instead of asking a market." };
        var output = new Option<FileInfo?>("--out") { HelpName = "FILE", Description = "Also write what was audited to this file. It must not exist." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var connection = new ConnectionOptions();
        var command = new DocumentedCommand(
            "audit",
            """
            Computes a request's outcome again from the transcripts of its runs alone: draws, bids, prices, payments, what is taken from bonds, and
            that the request settles just that. Trusts no server: order and transcripts are bound to each other by hashes.
            """,
            Notes)
        {
            id, file, output, json,
        };
        foreach (var option in connection.All) command.Options.Add(option);
        command.SetAction(async (line, cancellationToken) =>
        {
            var (console, request, from, to) = (line.InvocationConfiguration, line.GetValue(id), line.GetValue(file), line.GetValue(output));
            if (request is null == from is null) return Fail(console, ExitCodes.Unusable, "either REQUEST or --file must be given");
            if (from is not null) return to is null ? AuditFileOf(from, line.GetValue(json), console) : Fail(console, ExitCodes.Unusable, "--out must be left out with --file, was given");
            if (Ids.Check("REQUEST", request!) is { } malformed) return Fail(console, ExitCodes.Unusable, $"{malformed}");
            if (to is { Exists: true }) return Fail(console, ExitCodes.Unusable, $"{to} exists already.");
            var (target, problem) = connection.Read(line);
            if (target is null) return Fail(console, ExitCodes.Unusable, problem!);
            return await MarketCall.RunAsync(
                target,
                console,
                async market =>
                {
                    if (await market.Attach(request!).GetEvidenceAsync(cancellationToken) is not { } evidence)
                    {
                        // One that was deleted still has a status, which says so.
                        var status = await market.Attach(request!).GetStatusAsync(cancellationToken);
                        return Fail(console, ExitCodes.Refused, $"{status?.Refusal ?? Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", request!)}");
                    }
                    if (to is not null && await WriteAsync(to, evidence, cancellationToken) is { } unwritable) return Fail(console, ExitCodes.Unusable, unwritable);
                    return Report(evidence, line.GetValue(json), console);
                },
                cancellationToken);
        });
        return command;
    }

    private static int AuditFileOf(FileInfo file, bool json, InvocationConfiguration console)
    {
        if (!InputFile.TryRead(file, out var content, out var problem)) return Fail(console, ExitCodes.Unusable, problem.Message);
        var (evidence, unreadable) = AuditFile.Read(content);
        return evidence is null ? Fail(console, ExitCodes.Unusable, $"{file} cannot be used: {unreadable}") : Report(evidence, json, console);
    }

    private static async Task<string?> WriteAsync(FileInfo file, RequestEvidence evidence, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file.FullName, AuditFile.Write(evidence), cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{file} cannot be written: {exception.Message}";
        }
    }

    private static int Report(RequestEvidence evidence, bool json, InvocationConfiguration console)
    {
        var report = RequestAudit.Check(evidence, BuiltInMechanisms.All);
        if (json)
        {
            console.Output.WriteLine(AuditReport.ToJson(evidence, report));
        }
        else
        {
            foreach (var text in AuditReport.ToText(evidence, report)) console.Output.WriteLine(text);
        }
        return report.Follows ? ExitCodes.Success : ExitCodes.Refused;
    }

    private static int Fail(InvocationConfiguration console, int exitCode, string message)
    {
        console.Error.WriteLine(message);
        return exitCode;
    }
}
