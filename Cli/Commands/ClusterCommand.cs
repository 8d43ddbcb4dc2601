using System.CommandLine;
using Npgsql;
using ProvingMarket.Cli.Cluster;

namespace ProvingMarket.Cli.Commands;

/// <summary><c>market cluster</c>: what the operator of a cluster does.</summary>
internal static class ClusterCommand
{
    private const string PostgresVariable = "MARKET_CLUSTER";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var scripts = new Option<DirectoryInfo>("--scripts")
        {
            HelpName = "DIR", Required = true, Description = "Orleans' folder src/AdoNet for the version of the silos, or a folder with the three files.",
        };
        var postgres = new Option<string>("--postgres")
        {
            HelpName = "CONNECTION", Description = $"The PostgreSQL database (default: the environment variable {PostgresVariable}).",
        };
        var schema = new DocumentedCommand(
            "schema",
            """
            Makes the tables by which the silos of a cluster on Microsoft Orleans find each other and keep reminders. The SQL scripts are
            Orleans' own and come with its source, not with this program. Applied are, in this order and in one transaction,
            PostgreSQL-Main.sql, PostgreSQL-Clustering.sql and PostgreSQL-Reminders.sql. May be repeated: what is there is left alone.
            Grains' state needs none of them; silos make its table themselves.
            """,
            """
            Exit codes:
              0  the schema is there
              1  the database refused, or its schema is another version's
              2  unusable arguments: a folder that lacks a script, or something that is no connection string
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM

            JSON (--json): scripts [{file, outcome: applied or present}].

            Examples:
              market cluster schema --scripts ./orleans/src/AdoNet --postgres "Host=db;Database=market;Username=market;Password=…"
              MARKET_CLUSTER="Host=db;Database=market;Username=market;Password=…" market cluster schema --scripts ./orleans/src/AdoNet
            """)
        {
            scripts, postgres, Answers.JsonOption(),
        };
        schema.SetAction((line, cancellationToken) => ApplyAsync(
            line, line.GetRequiredValue(scripts), line.GetValue(postgres) ?? Environment.GetEnvironmentVariable(PostgresVariable), cancellationToken));
        return new Command("cluster", "What the operator of a cluster does.") { schema };
    }

    private static async Task<int> ApplyAsync(ParseResult line, DirectoryInfo folder, string? postgres, CancellationToken cancellationToken)
    {
        if (postgres is null) return line.Fail(ExitCodes.Unusable, $"--postgres must be given, or the environment variable {PostgresVariable} set");
        if (!IsConnectionString(postgres)) return line.Fail(ExitCodes.Unusable, "--postgres must be a connection string such as Host=db;Database=market;Username=market");
        if (!folder.Exists) return line.Fail(ExitCodes.Unusable, $"--scripts must be a folder, was {folder}");
        var scripts = new List<(OrleansScript Script, string Text)>();
        foreach (var script in OrleansScript.All)
        {
            if (script.FindIn(folder.FullName) is not { } file)
                return line.Fail(ExitCodes.Unusable, $"--scripts must contain {script.Folder}/{script.File} or {script.File}, {folder} does not");
            scripts.Add((script, await File.ReadAllTextAsync(file, cancellationToken)));
        }

        try
        {
            await using var connection = new NpgsqlConnection(postgres);
            await connection.OpenAsync(cancellationToken);
            return Report(await ClusterSchema.ApplyAsync(connection, scripts, cancellationToken));
        }
        catch (NpgsqlException exception)
        {
            return line.Fail(ExitCodes.Refused, $"The database refused: {exception.Message}");
        }

        int Report(IReadOnlyList<ScriptResult> results)
        {
            foreach (var result in results.Where(result => result.Outcome == ScriptOutcome.Outdated))
            {
                return line.Fail(
                    ExitCodes.Refused,
                    $"Nothing was applied: the database has the table {result.Script.Table}, but of {result.Script.File} these queries are missing: {string.Join(", ", result.Missing)}. "
                    + "It is another version's; Orleans' folder Migrations says how to bring it up.");
            }
            return line.Answer(
                () => string.Join(Environment.NewLine, results.Select(result => $"{OutcomeOf(result)}  {result.Script.File}")),
                () => PrintedJson.Of(new { Scripts = results.Select(result => new { result.Script.File, Outcome = OutcomeOf(result) }) }));
        }

        static string OutcomeOf(ScriptResult result) => result.Outcome == ScriptOutcome.Applied ? "applied" : "present";
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
