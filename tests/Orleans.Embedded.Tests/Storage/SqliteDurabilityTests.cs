using System.Globalization;
using Orleans.Embedded.Tests.Processes;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>A real process that is killed as kill -9 does.</summary>
public sealed class SqliteDurabilityTests
{
    [Fact]
    public async Task Every_acknowledged_write_is_there_after_the_process_was_killed()
    {
        await using var file = new SqliteFixture();
        var acknowledged = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var lines in new[] { 1, 500, 2500, 5000 })
        {
            await WriteUntilKilledAsync(file.Options.DataSource, lines, acknowledged);

            var storage = file.Storage();
            foreach (var (key, value) in acknowledged)
            {
                // A write more may have become durable without its acknowledgement having been printed; none less.
                var stored = (await storage.ReadAsync(key)).State!.Available;
                Assert.InRange(stored, value, value + 1);
                acknowledged[key] = stored;
            }

            using (var connection = file.Connect()) Assert.Equal(0, SqliteSchema.Scalar(connection, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
            await file.CloseAsync();
        }

        Assert.Equal(SqliteWriterProcess.Writers, acknowledged.Count);
    }

    [Fact]
    public async Task A_second_process_is_refused_with_the_id_of_the_first()
    {
        await using var file = new SqliteFixture();
        using var process = ChildProcess.Start("sqlite-writer", file.Options.DataSource);
        Assert.NotNull(await process.ReadLineAsync());

        var refusal = Assert.Throws<SqliteGrainStorageException>(() => file.Database);
        Assert.Contains($"in use by the process with pid {process.Id}", refusal.Message, StringComparison.Ordinal);

        await process.KillAsync();
        Assert.True((await file.Storage().ReadAsync("0")).RecordExists || (await file.Storage().ReadAsync("1")).RecordExists);
    }

    private static async Task WriteUntilKilledAsync(string dataSource, int lines, Dictionary<string, long> acknowledged)
    {
        using var process = ChildProcess.Start("sqlite-writer", dataSource);
        for (var i = 0; i < lines; i++) Note(await process.ReadLineAsync() ?? throw new InvalidOperationException("The writer ended by itself."), acknowledged);

        await process.KillAsync();
        while (await process.ReadLineAsync() is { } line) Note(line, acknowledged);
    }

    // The last line may have been cut off in its middle.
    private static void Note(string line, Dictionary<string, long> acknowledged)
    {
        if (line.Split(' ') is [var key, var value] && long.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > acknowledged.GetValueOrDefault(key))
            acknowledged[key] = number;
    }
}
