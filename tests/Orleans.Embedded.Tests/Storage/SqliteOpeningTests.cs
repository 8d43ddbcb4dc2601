using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

public sealed class SqliteOpeningTests
{
    [Fact]
    public async Task A_file_in_use_is_refused_with_its_holder()
    {
        await using var file = new SqliteFixture();
        _ = file.Database;

        var refusal = Assert.Throws<SqliteGrainStorageException>(() => SqliteDatabase.Open(file.Options, new DedicatedThreads(), NullLogger.Instance));

        Assert.Contains($"pid {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(file.Options.DataSource, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_can_be_used_again_after_it_was_closed_or_refused()
    {
        await using var file = new SqliteFixture();
        await file.Storage().WriteAsync("a", 7);
        await file.CloseAsync();
        using (var connection = file.Connect()) SqliteSchema.Execute(connection, "PRAGMA user_version = 99");
        Assert.Throws<SqliteGrainStorageException>(() => file.Database);
        using (var connection = file.Connect()) SqliteSchema.Execute(connection, "PRAGMA user_version = 2");

        Assert.Equal(7, (await file.Storage().ReadAsync("a")).State!.Available);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 3", "schema version 3; this program knows version 2")]
    [InlineData("PRAGMA application_id = 7", "another program (application_id 7)")]
    public async Task A_newer_or_foreign_database_is_refused_and_left_alone(string change, string message)
    {
        await using var file = new SqliteFixture();
        _ = file.Database;
        await file.CloseAsync();
        using (var connection = file.Connect()) SqliteSchema.Execute(connection, change);
        var before = await File.ReadAllBytesAsync(file.Options.DataSource);

        Assert.Contains(message, Assert.Throws<SqliteGrainStorageException>(() => file.Database).Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(file.Options.DataSource));
    }

    [Fact]
    public async Task A_database_with_tables_of_somebody_else_is_refused()
    {
        await using var file = new SqliteFixture();
        using (var connection = file.Connect()) SqliteSchema.Execute(connection, "CREATE TABLE theirs (x)");

        Assert.Contains("another program", Assert.Throws<SqliteGrainStorageException>(() => file.Database).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        await using var file = new SqliteFixture();
        Directory.CreateDirectory(Path.GetDirectoryName(file.Options.DataSource)!);
        var text = string.Concat(Enumerable.Repeat("this is not a database. ", 500));
        await File.WriteAllTextAsync(file.Options.DataSource, text);

        var refusal = Assert.Throws<SqliteGrainStorageException>(() => file.Database);

        Assert.Contains("not a database", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file.Options.DataSource));
    }

    [Fact]
    public async Task A_record_in_a_damaged_part_fails_with_the_file_named()
    {
        await using var file = new SqliteFixture();
        for (var i = 0; i < 50; i++) await file.Storage().WriteAsync($"{i}", i);
        await file.CloseAsync();
        await using (var raw = File.OpenWrite(file.Options.DataSource))
        {
            // All pages but the first, which has the schema.
            raw.Position = 4096;
            await raw.WriteAsync(Enumerable.Repeat((byte)0xFF, (int)(raw.Length - 4096)).ToArray());
        }

        var failure = await Assert.ThrowsAsync<SqliteGrainStorageException>(() => file.Storage().ReadAsync("1"));
        Assert.Contains(file.Options.DataSource, failure.Message, StringComparison.Ordinal);
        Assert.Contains("malformed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DataSource", "DataSource is not set")]
    [InlineData("DataSource=:memory:", "not a file path")]
    [InlineData("MaxPendingWrites=0", "MaxPendingWrites = 0")]
    [InlineData("MaxPendingBytes=1023", "MaxPendingBytes = 1023")]
    [InlineData("MaxGroupBytes=0", "MaxGroupBytes = 0")]
    [InlineData("MaxGroupSize=-1", "MaxGroupSize = -1")]
    [InlineData("Readers=65", "Readers = 65")]
    [InlineData("MaxRecordBytes=10", "MaxRecordBytes = 10")]
    [InlineData("CheckpointBytes=1", "CheckpointBytes = 1")]
    [InlineData("BusyTimeout=00:10:00", "BusyTimeout = 00:10:00")]
    public void Options_that_cannot_work_are_refused_by_name(string setting, string message)
    {
        var options = new SqliteGrainStorageOptions { DataSource = "/tmp/x.db" };
        var (name, value) = (setting.Split('=')[0], setting.Contains('=', StringComparison.Ordinal) ? setting.Split('=')[1] : "");
        var property = typeof(SqliteGrainStorageOptions).GetProperty(name)!;
        property.SetValue(options, System.ComponentModel.TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));

        var result = new SqliteGrainStorageOptionsValidator().Validate("market", options);

        Assert.True(result.Failed);
        Assert.StartsWith("SQLite grain storage 'market': ", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains(message, result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_accepted() =>
        Assert.True(new SqliteGrainStorageOptionsValidator().Validate("market", new() { DataSource = "data/grains.db" }).Succeeded);
}
