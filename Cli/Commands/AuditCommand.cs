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
          3  the program itself failed
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
        var connection = new ConnectionOptions();
        var command = new DocumentedCommand(
            "audit",
            """
            Computes a request's outcome again from the transcripts of its runs alone: draws, bids, prices, payments, what is taken from bonds, and
            that the request settles just that. Trusts no server: order and transcripts are bound to each other by hashes.
            """,
            Notes)
        {
            id, file, output, Answers.JsonOption(),
        };
        foreach (var option in connection.All) command.Options.Add(option);
        command.SetAction(async (line, cancellationToken) =>
        {
            var (request, from, to) = (line.GetValue(id), line.GetValue(file), line.GetValue(output));
            if (request is null == from is null) return line.Fail(ExitCodes.Unusable, "either REQUEST or --file must be given");
            if (from is not null) return to is null ? AuditFileOf(line, from) : line.Fail(ExitCodes.Unusable, "--out must be left out with --file, was given");
            if (Ids.Check("REQUEST", request!) is { } malformed) return line.Fail(ExitCodes.Unusable, $"{malformed}");
            if (to is { Exists: true }) return line.Fail(ExitCodes.Unusable, $"{to} exists already.");
            var (target, problem) = connection.Read(line);
            if (target is null) return line.Fail(ExitCodes.Unusable, problem!);
            return await MarketCall.RunAsync(
                target,
                line.InvocationConfiguration,
                async market =>
                {
                    if (await market.Attach(request!).GetEvidenceAsync(cancellationToken) is not { } evidence)
                    {
                        // One that was deleted still has a status, which says so.
                        var status = await market.Attach(request!).GetStatusAsync(cancellationToken);
                        return line.Fail(ExitCodes.Refused, $"{status?.Refusal ?? Refusal.Of(ReasonCode.RequestUnknown, "REQUEST", "a submitted request", request!)}");
                    }
                    if (to is not null && await WriteAsync(to, evidence, cancellationToken) is { } unwritable) return line.Fail(ExitCodes.Unusable, unwritable);
                    return Report(line, evidence);
                },
                cancellationToken);
        });
        return command;
    }

    private static int AuditFileOf(ParseResult line, FileInfo file)
    {
        if (!InputFile.TryRead(file, out var content, out var problem)) return line.Fail(ExitCodes.Unusable, problem.Message);
        var (evidence, unreadable) = AuditFile.Read(content);
        return evidence is null ? line.Fail(ExitCodes.Unusable, $"{file} cannot be used: {unreadable}") : Report(line, evidence);
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

    private static int Report(ParseResult line, RequestEvidence evidence)
    {
        var report = RequestAudit.Check(evidence, BuiltInMechanisms.All);
        return line.Answer(
            () => string.Join(Environment.NewLine, AuditReport.ToText(evidence, report)),
            () => AuditReport.ToJson(evidence, report),
            report.Follows ? ExitCodes.Success : ExitCodes.Refused);
    }
}
