using Npgsql;

namespace ProvingMarket.Cli.Cluster;

/// <summary>What became of a script.</summary>
internal enum ScriptOutcome
{
    /// <summary>It was applied now.</summary>
    Applied,
    /// <summary>It had been applied before.</summary>
    Present,
    /// <summary>It had been applied before, but from another version: queries are missing.</summary>
    Outdated,
}

/// <summary>A script with what became of it.</summary>
/// <param name="Script">The script.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Missing">The keys of queries that are missing, when it is outdated.</param>
internal sealed record ScriptResult(OrleansScript Script, ScriptOutcome Outcome, IReadOnlyList<string> Missing);

/// <summary>Makes the tables by which silos find each other and keep reminders. All scripts or none are applied.</summary>
internal static class ClusterSchema
{
    private const long OneAtATime = 0x70726f76696e67;

    /// <summary>Applies what has not been applied yet.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="scripts">The scripts with their texts, in order.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is applied then.</param>
    public static async Task<IReadOnlyList<ScriptResult>> ApplyAsync(
        NpgsqlConnection connection, IEnumerable<(OrleansScript Script, string Text)> scripts, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({OneAtATime})", cancellationToken);
        var results = new List<ScriptResult>();
        foreach (var (script, text) in scripts) results.Add(await ApplyAsync(connection, script, text, cancellationToken));
        if (results.TrueForAll(result => result.Outcome != ScriptOutcome.Outdated)) await transaction.CommitAsync(cancellationToken);
        return results;
    }

    private static async Task<ScriptResult> ApplyAsync(NpgsqlConnection connection, OrleansScript script, string text, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = script.Table } } };
        if (!(bool)(await find.ExecuteScalarAsync(cancellationToken))!)
        {
            await ExecuteAsync(connection, text, cancellationToken);
            return new ScriptResult(script, ScriptOutcome.Applied, []);
        }
        var missing = await MissingAsync(connection, [.. OrleansScript.QueriesOf(text)], cancellationToken);
        return new ScriptResult(script, missing.Count == 0 ? ScriptOutcome.Present : ScriptOutcome.Outdated, missing);
    }

    private static async Task<IReadOnlyList<string>> MissingAsync(NpgsqlConnection connection, string[] keys, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT key FROM unnest($1) AS key WHERE NOT EXISTS (SELECT FROM orleansquery WHERE querykey = key) ORDER BY key";
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = keys } } };
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var missing = new List<string>();
        while (await rows.ReadAsync(cancellationToken)) missing.Add(rows.GetString(0));
        return missing;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
