using Microsoft.Extensions.Options;

namespace Orleans.Configuration;

/// <summary>Refuses options that cannot work, naming storage, setting and value.</summary>
internal sealed class SqliteGrainStorageOptionsValidator : IValidateOptions<SqliteGrainStorageOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SqliteGrainStorageOptions options)
    {
        var failures = Failures(options).Select(failure => $"SQLite grain storage '{name}': {failure}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(SqliteGrainStorageOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.DataSource))
            yield return $"{nameof(options.DataSource)} is not set: it is the database file.";
        else if (options.DataSource.Contains(":memory:", StringComparison.OrdinalIgnoreCase) || options.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            yield return $"{nameof(options.DataSource)} = '{options.DataSource}' is not a file path; for records that need not last use the memory storage.";

        if (options.MaxPendingWrites < 1) yield return $"{nameof(options.MaxPendingWrites)} = {options.MaxPendingWrites} is less than 1.";
        if (options.MaxGroupSize < 1) yield return $"{nameof(options.MaxGroupSize)} = {options.MaxGroupSize} is less than 1.";
        if (options.MaxPendingBytes < 1024) yield return $"{nameof(options.MaxPendingBytes)} = {options.MaxPendingBytes} is less than 1 KiB.";
        if (options.MaxGroupBytes < 1024) yield return $"{nameof(options.MaxGroupBytes)} = {options.MaxGroupBytes} is less than 1 KiB.";
        if (options.Readers is < 1 or > 64) yield return $"{nameof(options.Readers)} = {options.Readers} is not from 1 to 64.";
        if (options.MaxRecordBytes is < 1024 or > 256 * 1024 * 1024) yield return $"{nameof(options.MaxRecordBytes)} = {options.MaxRecordBytes} is not from 1 KiB to 256 MiB.";
        if (options.CheckpointBytes < 64 * 1024) yield return $"{nameof(options.CheckpointBytes)} = {options.CheckpointBytes} is less than 64 KiB.";
        if (options.BusyTimeout < SqliteGrainStorageOptions.ShortestBusyTimeout || options.BusyTimeout > TimeSpan.FromMinutes(5))
            yield return $"{nameof(options.BusyTimeout)} = {options.BusyTimeout} is not from 1 ms to 5 minutes.";
    }
}
