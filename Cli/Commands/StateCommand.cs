using System.CommandLine;
using ProvingMarket.Cli.State;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market state</c>: moves the market's durable state from one storage to another.</summary>
internal static class StateCommand
{
    private const string Stores = """
        A storage is the data folder of a silo on Orleans.Embedded, or the Npgsql connection string of a PostgreSQL database. Its password may be in
        it, in the environment (PGPASSWORD) or in a password file (PGPASSFILE); the latter two are not shown in lists of processes.
        """;

    private const string JsonText = "JSON (--json): storage, records, sha256, kinds [{state, grainType, records}].";

    private const string ExitCodesText = """
        Exit codes:
          0  done: counts and SHA-256 are right
          1  refused: a silo uses the storage, the one to read has no records of a market or cannot be read to its end, the one to import into is not empty or cannot take the records, or the file is damaged or of another version
          2  unusable arguments: no such storage or file, or the file to export to exists
          3  the program itself failed
          130  interrupted by Ctrl-C or SIGTERM
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create() => new("state", "Moves the market's durable state between storages.") { CreateExport(), CreateImport() };

    private static DocumentedCommand CreateExport()
    {
        var from = new Option<string>("--from") { HelpName = "STORAGE", Required = true, Description = "The storage to read." };
        var to = new Option<FileInfo>("--to") { HelpName = "FILE", Required = true, Description = "The file to write. It must not exist." };
        var schema = SchemaOption();
        var command = new DocumentedCommand(
            "export",
            $"""
            Writes all durable records, those of reminders included, to a file of JSON lines: a header with the number of records of each kind, the
            records, and a last line with the SHA-256 of all before it. The silos must be stopped; a storage in use is refused.

            {Stores}
            """,
            $"""
            {ExitCodesText}

            {JsonText}

            Examples:
              market state export --from ./data --to market.jsonl
              PGPASSWORD=… market state export --from "Host=db;Database=market;Username=market" --to market.jsonl
            """)
        {
            from, to, schema, Answers.JsonOption(),
        };
        command.SetAction((line, cancellationToken) => RunAsync(line, () =>
            ExportAsync(line, line.GetRequiredValue(from), line.GetRequiredValue(to), line.GetValue(schema)!, cancellationToken)));
        return command;
    }

    private static DocumentedCommand CreateImport()
    {
        var from = new Option<FileInfo>("--from") { HelpName = "FILE", Required = true, Description = "The file that was exported." };
        var to = new Option<string>("--to") { HelpName = "STORAGE", Required = true, Description = "The storage to fill. It must be new or empty." };
        var schema = SchemaOption();
        var command = new DocumentedCommand(
            "import",
            $"""
            Reads an exported file into an empty storage: all of it, or nothing when its counts or its SHA-256 are not right. The next start of a silo
            on that storage continues every open request.

            {Stores}
            """,
            $"""
            {ExitCodesText}

            {JsonText}

            Examples:
              market state import --from market.jsonl --to "Host=db;Database=market;Username=market"
              market state import --from market.jsonl --to ./data
            """)
        {
            from, to, schema, Answers.JsonOption(),
        };
        command.SetAction((line, cancellationToken) => RunAsync(line, () =>
            ImportAsync(line, line.GetRequiredValue(from), line.GetRequiredValue(to), line.GetValue(schema)!, cancellationToken)));
        return command;
    }

    private static Option<string> SchemaOption() =>
        new("--schema") { HelpName = "NAME", DefaultValueFactory = _ => "market", Description = "With PostgreSQL, the schema of the market's tables." };

    private static async Task<int> ExportAsync(ParseResult line, string from, FileInfo to, string schema, CancellationToken cancellationToken)
    {
        if (to.Exists) return line.Fail(ExitCodes.Unusable, $"{to} exists already.");

        await using var source = await StateStores.OpenSourceAsync(from, schema, cancellationToken);
        var partial = $"{to.FullName}.partial";
        try
        {
            ArchiveSummary summary;
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                summary = await StateArchive.ExportAsync(source, file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, to.FullName);
            return Report(line, "exported from", source.Description, summary);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<int> ImportAsync(ParseResult line, FileInfo from, string to, string schema, CancellationToken cancellationToken)
    {
        if (!from.Exists) return line.Fail(ExitCodes.Unusable, $"{from} does not exist.");

        await using var file = from.OpenRead();
        await using var target = await StateStores.OpenTargetAsync(to, schema, cancellationToken);
        try
        {
            return Report(line, "imported to", target.Description, await StateArchive.ImportAsync(file, target, cancellationToken));
        }
        catch (StateArchiveException exception)
        {
            return line.Fail(ExitCodes.Refused, $"{from}: {exception.Message}");
        }
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
        catch (Exception exception) when (exception is StateArchiveException or OrleansException)
        {
            return line.Fail(ExitCodes.Refused, exception.Message);
        }
    }

    private static int Report(ParseResult line, string done, string storage, ArchiveSummary summary)
    {
        var kinds = summary.Kinds.OrderBy(pair => pair.Key.State, StringComparer.Ordinal).ThenBy(pair => pair.Key.GrainType.ToString(), StringComparer.Ordinal).ToArray();
        return line.Answer(
            () => string.Join(
                Environment.NewLine,
                [.. kinds.Select(kind => $"{kind.Value,10}  {kind.Key.State} of {kind.Key.GrainType}"), $"{summary.Records,10}  records {done} {storage}, sha256 {summary.Sha256}"]),
            () => PrintedJson.Of(new
            {
                Storage = storage,
                summary.Records,
                summary.Sha256,
                Kinds = kinds.Select(kind => new { kind.Key.State, GrainType = kind.Key.GrainType.ToString(), Records = kind.Value }),
            }));
    }
}
