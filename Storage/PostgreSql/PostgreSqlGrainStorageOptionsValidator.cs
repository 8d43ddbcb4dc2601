using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>Refuses options that cannot work, naming storage, setting and value. Never shows the connection string: it may hold a password.</summary>
public sealed class PostgreSqlGrainStorageOptionsValidator : IValidateOptions<PostgreSqlGrainStorageOptions>
{
    // PostgreSQL cuts longer names off without a word.
    private const int LongestName = 63;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PostgreSqlGrainStorageOptions options)
    {
        var failures = Check(options).Select(failure => $"PostgreSQL grain storage '{name}': {failure}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Says what is wrong with a connection string.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <returns>What is wrong; null when it can be used.</returns>
    internal static string? ProblemWith(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString)) return "is not set: it names the server and the database";
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(connectionString);
            if (string.IsNullOrWhiteSpace(parts.Host)) return "names no Host";
            return parts.Multiplexing ? "asks for Multiplexing: records are written in order on connections of their own" : null;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            return $"cannot be read: {error.Message}";
        }
    }

    /// <summary>Says what is wrong with the name of a schema.</summary>
    /// <param name="schema">The name.</param>
    /// <returns>What is wrong; null when it can be used.</returns>
    internal static string? ProblemWithSchema(string schema)
    {
        if (string.IsNullOrWhiteSpace(schema)) return "is empty";
        if (schema.Contains('\0', StringComparison.Ordinal)) return "contains a NUL character";
        return Encoding.UTF8.GetByteCount(schema) > LongestName ? $"= '{schema}' is longer than {LongestName} bytes" : null;
    }

    /// <summary>Lists what is wrong with options.</summary>
    /// <param name="options">The options.</param>
    /// <returns>Sentences that begin with the setting's name.</returns>
    public static IEnumerable<string> Check(PostgreSqlGrainStorageOptions options)
    {
        if (ProblemWith(options.ConnectionString) is { } connection) yield return $"{nameof(options.ConnectionString)} {connection}.";
        if (ProblemWithSchema(options.Schema) is { } schema) yield return $"{nameof(options.Schema)} {schema}.";
        if (options is { ServiceId: not null, ClusterId: null }) yield return $"{nameof(options.ServiceId)} = '{options.ServiceId}' is set without {nameof(options.ClusterId)}: a cluster has both.";
        if (options is { ServiceId: null, ClusterId: not null }) yield return $"{nameof(options.ClusterId)} = '{options.ClusterId}' is set without {nameof(options.ServiceId)}: a cluster has both.";
        if (options.Cluster is not null && options.SingleSilo) yield return $"{nameof(options.SingleSilo)} = True is for a silo that is not part of a cluster, but {nameof(options.ClusterId)} = '{options.ClusterId}'.";
        foreach (var (name, value) in new[] { (nameof(options.Writers), options.Writers), (nameof(options.Readers), options.Readers) })
        {
            if (value is < 1 or > PostgreSqlGrainStorageOptions.MostConnections) yield return $"{name} = {value} is not from 1 to {PostgreSqlGrainStorageOptions.MostConnections}.";
        }

        if (options.MaxPending < 1) yield return $"{nameof(options.MaxPending)} = {options.MaxPending} is less than 1.";
        if (options.MaxPendingBytes < 1024) yield return $"{nameof(options.MaxPendingBytes)} = {options.MaxPendingBytes} is less than 1 KiB.";
        if (options.MaxBatchSize is < 1 or > 65_536) yield return $"{nameof(options.MaxBatchSize)} = {options.MaxBatchSize} is not from 1 to 65,536.";
        if (options.MaxBatchBytes is < 1024 or > 256 * 1024 * 1024) yield return $"{nameof(options.MaxBatchBytes)} = {options.MaxBatchBytes} is not from 1 KiB to 256 MiB.";
        if (options.MaxRecordBytes is < 1024 or > 256 * 1024 * 1024) yield return $"{nameof(options.MaxRecordBytes)} = {options.MaxRecordBytes} is not from 1 KiB to 256 MiB.";
        if (options.OutagePatience < TimeSpan.Zero || options.OutagePatience > PostgreSqlGrainStorageOptions.LongestWait)
            yield return $"{nameof(options.OutagePatience)} = {options.OutagePatience} is not from 0 to {PostgreSqlGrainStorageOptions.LongestWait}.";
        if (options.StatementTimeout < TimeSpan.FromSeconds(1) || options.StatementTimeout > PostgreSqlGrainStorageOptions.LongestWait)
            yield return $"{nameof(options.StatementTimeout)} = {options.StatementTimeout} is not from 1 second to {PostgreSqlGrainStorageOptions.LongestWait}.";
    }
}
