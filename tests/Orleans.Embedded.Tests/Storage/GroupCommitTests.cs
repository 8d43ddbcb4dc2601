using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Embedded.Tests.Serialization;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>The writer step by step, without its thread.</summary>
public sealed class GroupCommitTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly RecordKind s_kind = new("market", "state", GrainType.Create("account"));

    private readonly SqliteFixture _file = new();
    private readonly SqliteConnection _connection;
    private readonly RecordTable _table;
    private readonly GroupCommitWriter _writer;

    public GroupCommitTests()
    {
        using (_file.Connect())
        {
            // Creates the folder and the file.
        }

        _connection = SqliteConnections.OpenWriter(_file.Options.DataSource, TimeSpan.FromMilliseconds(20));
        _table = new RecordTable(_connection, SqliteSchema.Prepare(_connection), new RecordKinds(_connection), new KnownRecords());
        _writer = new GroupCommitWriter(_table, new SqliteGrainStorageOptions { MaxPendingWrites = 1000, MaxPendingBytes = 1_000_000, MaxGroupSize = 100, MaxGroupBytes = 400_000 }, NullLogger.Instance);
    }

    [Fact]
    public async Task Everything_that_gathered_shares_one_transaction()
    {
        var writes = Enumerable.Range(0, 100).Select(i => Write($"{i}")).ToList();
        Assert.All(writes, write => Assert.False(write.IsCompleted));

        Assert.True(_writer.CommitPending());
        await Task.WhenAll(writes);

        Assert.Equal(1, _writer.Transactions);
        Assert.False(_writer.CommitPending());
    }

    [Fact]
    public async Task A_group_has_a_largest_size()
    {
        var writes = Enumerable.Range(0, 250).Select(i => Write($"{i}")).ToList();

        while (_writer.CommitPending())
        {
        }

        await Task.WhenAll(writes);
        Assert.Equal(3, _writer.Transactions);
    }

    [Fact]
    public async Task A_group_has_a_largest_size_in_bytes_unless_it_is_one_record()
    {
        var writes = new[] { 150_000, 150_000, 150_000, 10, 500_000, 10 }.Select((size, i) => Write($"{i}", size: size)).ToList();
        string[][] groups = [["0", "1"], ["2", "3"], ["4"], ["5"]];

        for (var group = 0; group < groups.Length; group++)
        {
            Assert.True(_writer.CommitPending());
            Assert.Equal(groups[..(group + 1)].SelectMany(keys => keys), Keys());
        }

        await Task.WhenAll(writes);
        Assert.Equal(groups.Length, _writer.Transactions);
    }

    /// <summary>Fewer than may wait by their number. Nothing is dropped: who has no room waits.</summary>
    [Fact]
    public async Task What_may_wait_is_bounded_by_bytes_and_who_has_no_room_waits()
    {
        var writer = new GroupCommitWriter(_table, new SqliteGrainStorageOptions { MaxPendingBytes = 400_000 }, NullLogger.Instance);
        var writes = Enumerable.Range(0, 12).Select(i => Write($"{i:D2}", size: 190_000, writer: writer)).ToList();

        Assert.True(writer.CommitPending());
        Assert.Equal(["00", "01"], Keys());

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        for (var all = Task.WhenAll(writes); !all.IsCompleted; limit.Token.ThrowIfCancellationRequested())
        {
            if (!writer.CommitPending()) await Task.Yield();
        }

        Assert.Equal(writes.Count, Keys().Count);
    }

    [Fact]
    public async Task Changes_of_one_record_within_a_group_see_each_other()
    {
        var first = Write("a");
        var second = Write("a");
        _writer.CommitPending();
        var version = await first;
        await Assert.ThrowsAsync<InconsistentStateException>(() => second);

        var change = Write("a", version);
        var delete = Delete("a", version);
        _writer.CommitPending();
        await change;
        await Assert.ThrowsAsync<InconsistentStateException>(() => delete);
        Assert.Equal(2, _writer.Transactions);
    }

    [Fact]
    public async Task A_record_that_the_database_refuses_fails_alone()
    {
        Sql("CREATE TRIGGER poison BEFORE INSERT ON record WHEN NEW.grain_key = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
        var writes = new[] { Write("a"), Write("poison"), Write("b") };

        _writer.CommitPending();

        await Task.WhenAll(writes[0], writes[2]);
        var failure = await Assert.ThrowsAsync<SqliteGrainStorageException>(() => writes[1]);
        Assert.Contains("'state' of account/poison in storage 'market' could not be written", failure.Message, StringComparison.Ordinal);
        Assert.Contains("poisoned", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _writer.Transactions);
    }

    [Fact]
    public async Task A_transaction_that_fails_is_tried_again_one_by_one()
    {
        Sql("CREATE TRIGGER poison BEFORE INSERT ON record WHEN NEW.grain_key = 'poison' BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END");
        var writes = new[] { Write("a"), Write("poison"), Write("b") };

        _writer.CommitPending();

        await Task.WhenAll(writes[0], writes[2]);
        await Assert.ThrowsAsync<SqliteGrainStorageException>(() => writes[1]);
        Assert.Equal(["a", "b"], Keys());
        Assert.Equal(4, _writer.Transactions);
    }

    [Fact]
    public async Task Nobody_is_told_of_success_before_the_commit()
    {
        // A deferred constraint is checked by the commit: until then every statement has succeeded.
        Sql("PRAGMA foreign_keys = ON; CREATE TABLE promise (x REFERENCES kind (id) DEFERRABLE INITIALLY DEFERRED)");
        Sql("CREATE TRIGGER poison BEFORE INSERT ON record WHEN NEW.grain_key = 'poison' BEGIN INSERT INTO promise VALUES (-1); END");
        var writes = new[] { Write("a"), Write("poison"), Write("b") };

        _writer.CommitPending();

        await Task.WhenAll(writes[0], writes[2]);
        await Assert.ThrowsAsync<SqliteGrainStorageException>(() => writes[1]);
        Assert.Equal(["a", "b"], Keys());
    }

    [Fact]
    public void A_commit_waits_for_the_disk()
    {
        const int Full = 2;
        Assert.Equal(Full, SqliteSchema.Scalar(_connection, "PRAGMA synchronous"));
    }

    [Fact]
    public async Task A_full_disk_fails_each_caller_and_later_writes_succeed()
    {
        await CommitAsync(Write("small"));
        Sql($"PRAGMA max_page_count = {SqliteSchema.Scalar(_connection, "PRAGMA page_count") + 2}");
        var writes = Enumerable.Range(0, 5).Select(i => Write($"big {i}", size: 50_000)).Append(Write("little")).ToList();

        _writer.CommitPending();

        foreach (var write in writes[..5]) Assert.Contains("full", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => write)).Message, StringComparison.Ordinal);
        await writes[5];
        Sql("PRAGMA max_page_count = 1000000");
        await CommitAsync(Write("big 1", size: 50_000));
        Assert.Equal(["big 1", "little", "small"], Keys());
    }

    [Fact]
    public async Task While_another_program_holds_the_file_writes_fail_with_its_name_and_nothing_is_half_done()
    {
        using var other = _file.Connect();
        SqliteSchema.Execute(other, "BEGIN IMMEDIATE");
        var writes = new[] { Write("a"), Write("b") };
        _writer.CommitPending();
        foreach (var write in writes) Assert.Contains("locked", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => write)).Message, StringComparison.Ordinal);

        SqliteSchema.Execute(other, "COMMIT");
        await CommitAsync(Write("a"));
        Assert.Equal(["a"], Keys());
    }

    [Fact]
    public async Task The_log_is_moved_and_starts_again()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 50; i++) _ = Write($"{round}.{i}", size: 10_000);
            _writer.CommitPending();
            Assert.True(_table.Checkpoint(out _));
        }

        await CommitAsync(Write("last"));
        var log = new FileInfo(_file.Options.DataSource + "-wal").Length;
        Assert.InRange(log, 1, 2 * 50 * 12_000);
        Assert.True(_table.TakePagesLogged() > 3 * 50 * 2);
        Assert.Equal(0, _table.TakePagesLogged());
    }

    /// <summary>SQLite begins at the start of the log again only when nobody reads it any more: until then it grows, however much of it has been moved.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_log_starts_again_soon_after_a_reader_that_kept_it_from_that_is_gone(bool readerComesBeforeTheMove)
    {
        const int PagesInLog = 200;
        using var checkpointer = Checkpointer();
        using var reader = SqliteConnections.OpenReader(_file.Options.DataSource, TimeSpan.FromMilliseconds(20));
        var upkeep = new LogUpkeep(_table, checkpointer, PagesInLog);
        CommitAndTidy("first", size: 10);
        if (readerComesBeforeTheMove) HoldSnapshot();
        CommitAndTidy("large", size: PagesInLog * 3000);
        if (!readerComesBeforeTheMove) HoldSnapshot();
        Assert.True(checkpointer.WaitAndMove());
        CommitAndTidy("while it reads", size: 10);

        SqliteSchema.Execute(reader, "COMMIT");
        for (var i = 0; i < 3; i++) CommitAndTidy($"after it {i}", size: 10);

        // A checkpoint tells how long the log is: as short as what came last.
        Assert.True(_table.Checkpoint(out var pages));
        Assert.InRange(pages, 1, 50);

        void HoldSnapshot() => SqliteSchema.Execute(reader, "BEGIN; SELECT count(*) FROM record");

        void CommitAndTidy(string key, int size)
        {
            _ = Write(key, size: size);
            Assert.True(_writer.CommitPending());
            upkeep.AfterCommit();
        }
    }

    /// <summary>A reader that stays for long lets much gather: that is moved in the background again, not by the writer.</summary>
    [Fact]
    public void A_log_that_goes_on_growing_is_moved_again_and_again()
    {
        const int PagesInLog = 200;
        using var checkpointer = Checkpointer();
        using var reader = SqliteConnections.OpenReader(_file.Options.DataSource, TimeSpan.FromMilliseconds(20));
        var upkeep = new LogUpkeep(_table, checkpointer, PagesInLog);
        SqliteSchema.Execute(reader, "BEGIN; SELECT count(*) FROM record");
        for (var round = 0; round < 3; round++)
        {
            _ = Write($"{round}", size: PagesInLog * 3000);
            Assert.True(_writer.CommitPending());
            upkeep.AfterCommit();
            // Returns only when it has been asked for.
            Assert.False(checkpointer.IsMoved);
            Assert.True(checkpointer.WaitAndMove());
            _ = Write($"{round} and a little", size: 10);
            Assert.True(_writer.CommitPending());
            upkeep.AfterCommit();
        }
    }

    /// <summary>Everybody waits while the writer moves what it is left, and until that is on the disk.</summary>
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 4)]
    [InlineData(int.MaxValue, WalCheckpointer.MostRounds)]
    public void What_comes_while_the_log_is_moved_is_moved_and_flushed_too_until_it_is_little(int timesMuchComes, int rounds)
    {
        const int Little = 10;
        var flushed = 0;
        using var checkpointer = Checkpointer(little: Little, flush: leaveRoom =>
        {
            Assert.Equal(flushed == 0, leaveRoom);

            // Never as many pages as the time before, as if nothing had come.
            Add(flushed++ < timesMuchComes ? Little * (flushed + 1) * 6000 : 10);
            return true;
        });
        Add(size: Little * 3000);
        Assert.True(checkpointer.Request());

        Assert.True(checkpointer.WaitAndMove());

        Assert.Equal(rounds, flushed);
        Assert.True(checkpointer.IsMoved);
    }

    /// <summary>What a reader still needs stays in the log: it is not tried again at once.</summary>
    [Fact]
    public void What_a_reader_keeps_in_the_log_is_left_there()
    {
        var flushed = 0;
        using var checkpointer = Checkpointer(little: 10, flush: _ => ++flushed > 0);
        using var reader = SqliteConnections.OpenReader(_file.Options.DataSource, TimeSpan.FromMilliseconds(20));
        Add(size: 10);
        SqliteSchema.Execute(reader, "BEGIN; SELECT count(*) FROM record");
        Add(size: 100_000);
        Assert.True(checkpointer.Request());

        Assert.True(checkpointer.WaitAndMove());

        Assert.InRange(checkpointer.PagesLeft, 50, 100);
        Assert.InRange(flushed, 0, 1);
    }

    [Fact]
    public void A_log_to_which_nothing_comes_is_moved_once()
    {
        var flushed = 0;
        using var checkpointer = Checkpointer(little: 10, flush: _ => ++flushed > 0);
        Add(size: 100_000);
        Assert.True(checkpointer.Request());

        Assert.True(checkpointer.WaitAndMove());

        Assert.Equal(1, flushed);
        Assert.Equal(0, checkpointer.PagesLeft);
    }

    /// <summary>The writer does not begin the log again then; that is tried again when as much again has come.</summary>
    [Fact]
    public void A_flush_that_fails_is_not_repeated_at_once_and_leaves_the_log()
    {
        var flushed = 0;
        using var checkpointer = Checkpointer(little: 10, flush: _ => ++flushed < 0);
        var upkeep = new LogUpkeep(_table, checkpointer, 50);
        Add(size: 200_000);
        upkeep.AfterCommit();

        Assert.True(checkpointer.WaitAndMove());
        upkeep.AfterCommit();

        Assert.Equal(1, flushed);
        Assert.Equal(long.MaxValue, checkpointer.PagesLeft);
        Assert.True(checkpointer.IsMoved);
        Add(size: 200_000);
        upkeep.AfterCommit();
        Assert.False(checkpointer.IsMoved);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _table.Dispose();
        await _file.DisposeAsync();
    }

    private WalCheckpointer Checkpointer(long little = 100, Func<bool, bool>? flush = null) =>
        new(SqliteConnections.OpenCheckpointer(_file.Options.DataSource, TimeSpan.FromMilliseconds(20)), flush ?? (_ => true), little);

    private void Add(int size)
    {
        _ = Write($"{Guid.NewGuid()}", size: size);
        Assert.True(_writer.CommitPending());
    }

    private Task<string?> Write(string key, string? expected = null, int size = 10, GroupCommitWriter? writer = null)
    {
        var data = new PooledBuffer(int.MaxValue, "limit");
        Json.Storage.Serialize(data, new Account { Note = new string('x', size) });
        return (writer ?? _writer).WriteAsync(new PendingWrite(new RecordKey(s_kind, IdSpan.Create(key)), expected, data), CancellationToken.None);
    }

    private Task<string?> Delete(string key, string? expected) =>
        _writer.WriteAsync(new PendingWrite(new RecordKey(s_kind, IdSpan.Create(key)), expected, data: null), CancellationToken.None);

    private Task CommitAsync(Task write)
    {
        _writer.CommitPending();
        return write;
    }

    private void Sql(string sql) => SqliteSchema.Execute(_connection, sql);

    private List<string> Keys()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT grain_key FROM record ORDER BY grain_key";
        using var rows = command.ExecuteReader();
        var keys = new List<string>();
        while (rows.Read()) keys.Add(rows.GetString(0));
        return keys;
    }
}
