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

    private const string ExitCodesText = """
        Exit codes:
          0  done: counts and SHA-256 are right
          1  refused: a silo uses the storage, the storage to import into is not empty, or the file is damaged or of another version
          2  unusable arguments: no such storage or file, or the file to export to exists
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

            Examples:
              market state export --from ./data --to market.jsonl
              PGPASSWORD=… market state export --from "Host=db;Database=market;Username=market" --to market.jsonl
            """)
        {
            from, to, schema,
        };
        command.SetAction((line, cancellationToken) => RunAsync(line.InvocationConfiguration, () =>
            ExportAsync(line.GetRequiredValue(from), line.GetRequiredValue(to), line.GetValue(schema)!, line.InvocationConfiguration, cancellationToken)));
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

            Examples:
              market state import --from market.jsonl --to "Host=db;Database=market;Username=market"
              market state import --from market.jsonl --to ./data
            """)
        {
            from, to, schema,
        };
        command.SetAction((line, cancellationToken) => RunAsync(line.InvocationConfiguration, () =>
            ImportAsync(line.GetRequiredValue(from), line.GetRequiredValue(to), line.GetValue(schema)!, line.InvocationConfiguration, cancellationToken)));
        return command;
    }

    private static Option<string> SchemaOption() =>
        new("--schema") { HelpName = "NAME", DefaultValueFactory = _ => "market", Description = "With PostgreSQL, the schema of the market's tables." };

    private static async Task<int> ExportAsync(string from, FileInfo to, string schema, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        if (to.Exists) return Fail(console, ExitCodes.Unusable, $"{to} exists already.");

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
            Report(console, $"exported from {source.Description}", summary);
            return ExitCodes.Success;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<int> ImportAsync(FileInfo from, string to, string schema, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        if (!from.Exists) return Fail(console, ExitCodes.Unusable, $"{from} does not exist.");

        await using var file = from.OpenRead();
        await using var target = await StateStores.OpenTargetAsync(to, schema, cancellationToken);
        Report(console, $"imported to {target.Description}", await StateArchive.ImportAsync(file, target, cancellationToken));
        return ExitCodes.Success;
    }

    private static async Task<int> RunAsync(InvocationConfiguration console, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (exception is UnusableStoreException or IOException or UnauthorizedAccessException)
        {
            return Fail(console, ExitCodes.Unusable, exception.Message);
        }
        catch (Exception exception) when (exception is StateArchiveException or OrleansException)
        {
            return Fail(console, ExitCodes.Refused, exception.Message);
        }
    }

    private static void Report(InvocationConfiguration console, string done, ArchiveSummary summary)
    {
        foreach (var (kind, count) in summary.Kinds.OrderBy(pair => pair.Key.State, StringComparer.Ordinal).ThenBy(pair => pair.Key.GrainType.ToString(), StringComparer.Ordinal))
            console.Output.WriteLine($"{count,10}  {kind.State} of {kind.GrainType}");
        console.Output.WriteLine($"{summary.Records,10}  records {done}, sha256 {summary.Sha256}");
    }

    private static int Fail(InvocationConfiguration console, int exitCode, string message)
    {
        console.Error.WriteLine(message);
        return exitCode;
    }
}
