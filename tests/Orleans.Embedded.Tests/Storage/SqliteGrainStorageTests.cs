using System.Globalization;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

public sealed class SqliteGrainStorageTests
{
    [Fact]
    public async Task Records_are_json_that_sql_can_query()
    {
        await using var file = new SqliteFixture();
        await file.Storage().WriteAsync("rich", 1000);
        await file.Storage().WriteAsync("poor", 1);
        using var connection = file.Connect();
        using var query = connection.CreateCommand();
        query.CommandText = "SELECT grain_key FROM grain_record WHERE storage = 'market' AND state = 'state' AND grain_type = 'account' AND json_extract(data, '$.Available') > 500";

        Assert.Equal("rich", query.ExecuteScalar());
    }

    [Fact]
    public async Task A_record_over_the_limit_is_refused_and_leaves_the_old_one()
    {
        await using var file = new SqliteFixture();
        file.Options.MaxRecordBytes = 2000;
        var state = await file.Storage().WriteAsync("a", 1);
        state.State = new Account { Note = new string('x', 2000) };

        var refusal = await Assert.ThrowsAsync<SqliteGrainStorageException>(() => file.Storage().WriteStateAsync("state", AccountRecords.Grain("a"), state));

        Assert.Contains("MaxRecordBytes = 2000", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await file.Storage().ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task Ten_thousand_writes_from_64_tasks_share_transactions_and_are_all_there_after_reopening()
    {
        const int Writers = 64, Each = 157;
        await using var file = new SqliteFixture();
        var storage = file.Storage();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var state = new GrainState<Account>(new Account());
            for (var i = 1; i <= Each; i++)
            {
                state.State!.Available = i;
                await storage.WriteStateAsync("state", AccountRecords.Grain(writer.ToString(CultureInfo.InvariantCulture)), state);
                Assert.Equal(i, (await storage.ReadAsync(writer.ToString(CultureInfo.InvariantCulture))).State!.Available);
            }
        })));

        Assert.InRange(file.Database.Transactions, 1, Writers * Each / 4);
        await file.CloseAsync();
        for (var writer = 0; writer < Writers; writer++)
            Assert.Equal(Each, (await file.Storage().ReadAsync(writer.ToString(CultureInfo.InvariantCulture))).State!.Available);
    }

    [Fact]
    public async Task When_no_more_may_wait_callers_wait_for_their_turn()
    {
        await using var file = new SqliteFixture();
        file.Options.MaxPendingWrites = 3;
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => file.Storage().WriteAsync(i.ToString(CultureInfo.InvariantCulture), i)));

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            file.Storage().WriteStateAsync("state", AccountRecords.Grain("never"), new GrainState<Account>(new Account()), cancelled.Token));
        Assert.False((await file.Storage().ReadAsync("never")).RecordExists);
        Assert.Equal(499, (await file.Storage().ReadAsync("499")).State!.Available);
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for_and_refuses_what_comes_after()
    {
        await using var file = new SqliteFixture();
        var database = file.Database;
        var storage = new SqliteGrainStorage("market", file.Options, new JsonCodec(SerializedForm.Storage), () => database);
        var writes = Enumerable.Range(0, 200).Select(i => storage.WriteAsync(i.ToString(CultureInfo.InvariantCulture), i)).ToList();

        await file.CloseAsync();
        await Task.WhenAll(writes);

        Assert.Contains("closed", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => storage.WriteAsync("late", 1))).Message, StringComparison.Ordinal);
        Assert.Contains("closed", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => storage.ReadAsync("1"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file.Options.DataSource + "-wal"));
        Assert.Equal(199, (await file.Storage().ReadAsync("199")).State!.Available);
    }
}
