using System.Globalization;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Storage;

public sealed class SqliteGrainStorageTests
{
    [Fact]
    public async Task A_record_is_written_read_changed_and_deleted()
    {
        await using var file = new SqliteFixture();
        var storage = file.Storage();
        var written = new GrainState<Account>(new Account { Available = 5 });

        await storage.WriteStateAsync("state", SqliteFixture.Grain("a"), written);
        var first = written.ETag;
        written.State!.Available = 6;
        await storage.WriteStateAsync("state", SqliteFixture.Grain("a"), written);
        var read = await ReadAsync(storage, "a");

        Assert.Equal((6, true), (read.State!.Available, read.RecordExists));
        Assert.Equal(written.ETag, read.ETag);
        Assert.False(first == read.ETag);

        await storage.ClearStateAsync("state", SqliteFixture.Grain("a"), read);
        Assert.Equal((0, false, null), (read.State!.Available, read.RecordExists, read.ETag));
        Assert.False((await ReadAsync(storage, "a")).RecordExists);
    }

    [Fact]
    public async Task A_record_that_does_not_exist_is_read_as_new()
    {
        await using var file = new SqliteFixture();
        var state = new GrainState<Account>(new Account { Available = 9 }, "old") { RecordExists = true };

        await file.Storage().ReadStateAsync("state", SqliteFixture.Grain("nobody"), state);

        Assert.Equal((0, false, null), (state.State!.Available, state.RecordExists, state.ETag));
    }

    [Theory]
    [InlineData("write without having read", null, false)]
    [InlineData("write at an old version", "1", false)]
    [InlineData("write at something that is no version", "abc", false)]
    [InlineData("clear without having read", null, true)]
    [InlineData("clear at an old version", "1", true)]
    public async Task A_version_that_is_not_the_stored_one_is_a_conflict_and_changes_nothing(string what, string? etag, bool clear)
    {
        await using var file = new SqliteFixture();
        var storage = file.Storage();
        var stored = await WriteAsync(storage, "a", 1);

        var mine = new GrainState<Account>(new Account { Available = 2 }, etag);
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() =>
            clear ? storage.ClearStateAsync("state", SqliteFixture.Grain("a"), mine) : storage.WriteStateAsync("state", SqliteFixture.Grain("a"), mine));

        Assert.True((stored.ETag, etag) == (conflict.StoredEtag, conflict.CurrentEtag), what);
        Assert.Equal(etag, mine.ETag);
        Assert.Equal(1, (await ReadAsync(storage, "a")).State!.Available);
    }

    [Fact]
    public async Task Clearing_nothing_is_no_conflict()
    {
        await using var file = new SqliteFixture();
        await file.Storage().ClearStateAsync("state", SqliteFixture.Grain("a"), new GrainState<Account>());
    }

    [Fact]
    public async Task A_version_from_before_a_deletion_never_fits_again_not_even_after_reopening()
    {
        await using var file = new SqliteFixture();
        var old = await WriteAsync(file.Storage(), "a", 1);
        var stale = new GrainState<Account>(old.State, old.ETag);
        await file.Storage().ClearStateAsync("state", SqliteFixture.Grain("a"), old);

        for (var i = 0; i < 3; i++)
        {
            var again = await WriteAsync(file.Storage(), "a", 2);
            await Assert.ThrowsAsync<InconsistentStateException>(() => file.Storage().WriteStateAsync("state", SqliteFixture.Grain("a"), stale));
            await file.Storage().ClearStateAsync("state", SqliteFixture.Grain("a"), again);
            await file.CloseAsync();
        }
    }

    [Fact]
    public async Task Storages_states_and_grains_are_kept_apart()
    {
        await using var file = new SqliteFixture();
        await WriteAsync(file.Storage("one"), "a", 1);
        await WriteAsync(file.Storage("other"), "a", 2);
        await WriteAsync(file.Storage("one"), "b", 3);
        await file.Storage("one").WriteStateAsync("second", SqliteFixture.Grain("a"), new GrainState<Account>(new Account { Available = 4 }));
        await file.CloseAsync();

        Assert.Equal(1, (await ReadAsync(file.Storage("one"), "a")).State!.Available);
        Assert.Equal(2, (await ReadAsync(file.Storage("other"), "a")).State!.Available);
        Assert.Equal(3, (await ReadAsync(file.Storage("one"), "b")).State!.Available);
        Assert.False((await ReadAsync(file.Storage("other"), "b")).RecordExists);
    }

    [Fact]
    public async Task Records_are_json_that_sql_can_query()
    {
        await using var file = new SqliteFixture();
        await WriteAsync(file.Storage(), "rich", 1000);
        await WriteAsync(file.Storage(), "poor", 1);
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
        var state = await WriteAsync(file.Storage(), "a", 1);
        state.State = new Account { Note = new string('x', 2000) };

        var refusal = await Assert.ThrowsAsync<SqliteGrainStorageException>(() => file.Storage().WriteStateAsync("state", SqliteFixture.Grain("a"), state));

        Assert.Contains("MaxRecordBytes = 2000", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await ReadAsync(file.Storage(), "a")).State!.Available);
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
                await storage.WriteStateAsync("state", SqliteFixture.Grain(writer.ToString(CultureInfo.InvariantCulture)), state);
                Assert.Equal(i, (await ReadAsync(storage, writer.ToString(CultureInfo.InvariantCulture))).State!.Available);
            }
        })));

        Assert.InRange(file.Database.Transactions, 1, Writers * Each / 4);
        await file.CloseAsync();
        for (var writer = 0; writer < Writers; writer++)
            Assert.Equal(Each, (await ReadAsync(file.Storage(), writer.ToString(CultureInfo.InvariantCulture))).State!.Available);
    }

    [Fact]
    public async Task Of_writers_that_race_for_one_version_exactly_one_wins()
    {
        await using var file = new SqliteFixture();
        var storage = file.Storage();
        var start = await WriteAsync(storage, "a", 0);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 50).Select(async i =>
        {
            try
            {
                await storage.WriteStateAsync("state", SqliteFixture.Grain("a"), new GrainState<Account>(new Account { Available = i }, start.ETag));
                return i;
            }
            catch (InconsistentStateException)
            {
                return 0;
            }
        }));

        Assert.Equal(outcomes.Sum(), (await ReadAsync(storage, "a")).State!.Available);
        Assert.Single(outcomes, outcome => outcome != 0);
    }

    [Fact]
    public async Task When_no_more_may_wait_callers_wait_for_their_turn()
    {
        await using var file = new SqliteFixture();
        file.Options.MaxPendingWrites = 3;
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => WriteAsync(file.Storage(), i.ToString(CultureInfo.InvariantCulture), i)));

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            file.Storage().WriteStateAsync("state", SqliteFixture.Grain("never"), new GrainState<Account>(new Account()), cancelled.Token));
        Assert.False((await ReadAsync(file.Storage(), "never")).RecordExists);
        Assert.Equal(499, (await ReadAsync(file.Storage(), "499")).State!.Available);
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for_and_refuses_what_comes_after()
    {
        await using var file = new SqliteFixture();
        var database = file.Database;
        var storage = new SqliteGrainStorage("market", file.Options, new JsonCodec(SerializedForm.Storage), () => database);
        var writes = Enumerable.Range(0, 200).Select(i => WriteAsync(storage, i.ToString(CultureInfo.InvariantCulture), i)).ToList();

        await file.CloseAsync();
        await Task.WhenAll(writes);

        Assert.Contains("closed", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => WriteAsync(storage, "late", 1))).Message, StringComparison.Ordinal);
        Assert.Contains("closed", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => ReadAsync(storage, "1"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file.Options.DataSource + "-wal"));
        Assert.Equal(199, (await ReadAsync(file.Storage(), "199")).State!.Available);
    }

    internal static async Task<GrainState<Account>> WriteAsync(IGrainStorage storage, string key, long available)
    {
        var state = new GrainState<Account>(new Account { Available = available });
        await storage.WriteStateAsync("state", SqliteFixture.Grain(key), state);
        return state;
    }

    internal static async Task<GrainState<Account>> ReadAsync(IGrainStorage storage, string key)
    {
        var state = new GrainState<Account>();
        await storage.ReadStateAsync("state", SqliteFixture.Grain(key), state);
        return state;
    }
}
