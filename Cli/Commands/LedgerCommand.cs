using System.CommandLine;
using ProvingMarket.Cli.Ledger;
using ProvingMarket.Cli.State;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market ledger</c>: takes the ledger of all accounts out of a storage, and adds it up again.</summary>
internal static class LedgerCommand
{
    private const string JsonText = "JSON (--json): accounts, entries, available, held, fromOutside, sha256; amounts are credits as decimal texts.";

    private const string ExitCodesText = """
        Exit codes:
          0  done: everything adds up
          1  refused: a silo uses the storage, it has no records of a market or cannot be read to its end, or an entry, a sum or the digest is wrong; the first that is wrong is named
          2  unusable arguments: no such storage or file, or the file to export to exists
          3  the program itself failed
          130  interrupted by Ctrl-C or SIGTERM
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create() => new("ledger", "The ledger of all accounts: every movement there ever was.") { CreateExport(), CreateVerify() };

    private static DocumentedCommand CreateExport()
    {
        var from = new Option<string>("--from") { HelpName = "STORAGE", Required = true, Description = "The storage to read: a data folder, or a PostgreSQL connection string." };
        var to = new Option<FileInfo>("--to") { HelpName = "FILE", Required = true, Description = "The file to write. It must not exist." };
        var schema = new Option<string>("--schema") { HelpName = "NAME", DefaultValueFactory = _ => "market", Description = "With PostgreSQL, the schema of the market's tables." };
        var command = new DocumentedCommand(
            "export",
            """
            Writes every movement on every account to a file of JSON lines: account by account, oldest first, each with the balance after it; then the totals
            and the SHA-256 of all lines before. The silos must be stopped; a storage in use is refused.
            """,
            $"""
            {ExitCodesText}

            {JsonText}

            Example:
              market ledger export --from ./data --to ledger.jsonl
            """)
        {
            from, to, schema, Answers.JsonOption(),
        };
        command.SetAction((line, cancellationToken) => RunAsync(
            line, () => ExportAsync(line, line.GetRequiredValue(from), line.GetRequiredValue(to), line.GetValue(schema)!, cancellationToken)));
        return command;
    }

    private static DocumentedCommand CreateVerify()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The file that was exported." };
        var command = new DocumentedCommand(
            "verify",
            """
            Adds an exported ledger up again, from nothing: every balance, every hold, the totals, the digest. Needs no market.
            """,
            $"""
            {ExitCodesText}

            {JsonText}

            Example:
              market ledger verify ledger.jsonl
            """)
        {
            file, Answers.JsonOption(),
        };
        command.SetAction((line, _) => RunAsync(line, () => VerifyAsync(line, line.GetRequiredValue(file))));
        return command;
    }

    private static async Task<int> ExportAsync(ParseResult line, string from, FileInfo to, string schema, CancellationToken cancellationToken)
    {
        if (to.Exists) return line.Fail(ExitCodes.Unusable, $"{to} exists already.");
        await using var source = await StateStores.OpenSourceAsync(from, schema, cancellationToken);
        var partial = $"{to.FullName}.partial";
        try
        {
            LedgerTotals totals;
            await using (var file = new StreamWriter(partial)) totals = await LedgerFile.WriteAsync(file, await StoredLedgers.ReadAsync(source, cancellationToken));
            File.Move(partial, to.FullName);
            return Report(line, totals);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<int> VerifyAsync(ParseResult line, FileInfo file)
    {
        if (!file.Exists) return line.Fail(ExitCodes.Unusable, $"{file} does not exist.");
        using var reader = file.OpenText();
        return Report(line, await LedgerFile.VerifyAsync(reader));
    }

    private static async Task<int> RunAsync(ParseResult line, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (exception is UnusableStoreException or IOException or UnauthorizedAccessException)
        {
            return line.Fail(ExitCodes.Unusable, exception.Message);
        }
        catch (Exception exception) when (exception is LedgerException or StateArchiveException or OrleansException)
        {
            return line.Fail(ExitCodes.Refused, exception.Message);
        }
    }

    private static int Report(ParseResult line, LedgerTotals totals) => line.Answer(
        () => $"{totals.Entries} entries of {totals.Accounts} accounts add up: {totals.Available} credits available, {totals.Held} held, {totals.FromOutside} from outside; sha256 {totals.Sha256}",
        () => PrintedJson.Of(totals));
}
