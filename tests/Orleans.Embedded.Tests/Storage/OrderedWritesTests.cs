using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Scheduling;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>Changes that nobody waits for: each is made in its place, or nothing after it is.</summary>
public sealed class OrderedWritesTests : IAsyncDisposable
{
    private static readonly RecordKind s_kind = new("market", "state", GrainType.Create("account"));

    private readonly SqliteFixture _file = new();
    private readonly SqliteConnection _connection;
    private readonly RecordTable _table;
    private readonly GroupCommitWriter _writer;
    private readonly OutputGate _outputs = new(new ThreadPoolWorkScheduler());
    private readonly TaskCompletionSource<Exception> _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OrderedWritesTests()
    {
        using (_file.Connect())
        {
            // Creates the folder and the file.
        }

        _connection = SqliteConnections.OpenWriter(_file.Options.DataSource, TimeSpan.FromMilliseconds(5));
        _table = new RecordTable(_connection, SqliteSchema.Prepare(_connection), new RecordKinds(_connection), new KnownRecords());
        _writer = new GroupCommitWriter(_table, new SqliteGrainStorageOptions(), NullLogger.Instance, _outputs, error => _hopeless.TrySetResult(error));
    }

    [Fact]
    public async Task A_change_has_its_version_before_it_is_on_the_disk_and_can_be_changed_again()
    {
        var version = await Order("a");
        var second = await Order("a", version);
        Assert.Null(await Order("b", await Order("b"), isDelete: true));
        Assert.False(_outputs.IsDurable);

        Assert.True(_writer.CommitPending());
        Assert.True(_outputs.IsDurable);
        Assert.Equal(1, _writer.Transactions);
        Assert.Equal(["a"], Keys());
        Assert.Equal(long.Parse(second!, CultureInfo.InvariantCulture), SqliteSchema.Scalar(_connection, "SELECT version FROM record"));
    }

    [Fact]
    public async Task One_that_is_waited_for_fails_alone()
    {
        _ = Order("a");
        var conflict = Wait("b", expected: "1");
        _ = Order("c");

        _writer.CommitPending();
        await Assert.ThrowsAsync<InconsistentStateException>(() => conflict);
        Assert.True(_outputs.IsDurable);
        Assert.Equal(["a", "c"], Keys());
    }

    [Fact]
    public async Task What_cannot_be_written_is_tried_again_and_who_waits_is_told()
    {
        using var other = _file.Connect();
        SqliteSchema.Execute(other, "BEGIN IMMEDIATE");
        _ = Order("a");
        var waiting = Wait("b");
        _ = Order("c");
        var told = _outputs.WhenDurableAsync();
        var committing = Task.Run(_writer.CommitPending);

        Assert.Contains("locked", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => waiting)).Message, StringComparison.Ordinal);
        Assert.Contains("locked", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => told)).Message, StringComparison.Ordinal);
        Assert.NotNull(_writer.Stall);

        // Also who comes into the queue only now.
        await Assert.ThrowsAsync<SqliteGrainStorageException>(() => Wait("d"));
        Assert.Equal([], Keys());

        SqliteSchema.Execute(other, "COMMIT");
        Assert.True(await committing);
        Assert.False(_hopeless.Task.IsCompleted);
        Assert.True(_outputs.IsDurable);
        Assert.Null(_writer.Stall);
        Assert.Equal(["a", "c"], Keys());
    }

    [Fact]
    public async Task Closed_without_one_it_makes_none_of_those_after_it()
    {
        using var other = _file.Connect();
        SqliteSchema.Execute(other, "BEGIN IMMEDIATE");
        _ = Order("a");
        var committing = Task.Run(_writer.CommitPending);
        await Assert.ThrowsAsync<SqliteGrainStorageException>(_outputs.WhenDurableAsync);
        _ = Order("b");
        _writer.Close();
        Assert.True(await committing);

        SqliteSchema.Execute(other, "COMMIT");
        while (_writer.CommitPending())
        {
        }

        Assert.False(_outputs.IsDurable);
        Assert.Equal([], Keys());
    }

    [Fact]
    public async Task When_a_record_is_not_what_it_was_there_is_no_hope_and_nothing_goes_on()
    {
        var version = await Order("a");
        _writer.CommitPending();
        SqliteSchema.Execute(_connection, "UPDATE record SET version = 1");
        _ = Order("a", version);
        _ = Order("b");

        var committing = Task.Run(_writer.CommitPending);
        Assert.Contains("was changed by another", (await _hopeless.Task).Message, StringComparison.Ordinal);
        Assert.IsType<InconsistentStateException>((await Assert.ThrowsAsync<SqliteGrainStorageException>(_outputs.WhenDurableAsync)).InnerException);
        _writer.Close();
        Assert.True(await committing);
        Assert.Equal(["a"], Keys());
    }

    public async ValueTask DisposeAsync()
    {
        _writer.Close();
        _table.Dispose();
        await _file.DisposeAsync();
    }

    private Task<string?> Order(string key, string? expected = null, bool isDelete = false) => _writer.OrderAsync(New(key, expected, isDelete));

    private Task<string?> Wait(string key, string? expected = null) => _writer.WriteAsync(New(key, expected, isDelete: false), CancellationToken.None);

    private static PendingWrite New(string key, string? expected, bool isDelete) =>
        new(new RecordKey(s_kind, IdSpan.Create(key)), expected, isDelete ? null : RecordData.Of());

    private List<string> Keys()
    {
        using var reader = _file.Connect();
        using var command = reader.CreateCommand();
        command.CommandText = "SELECT grain_key FROM record ORDER BY grain_key";
        using var rows = command.ExecuteReader();
        var keys = new List<string>();
        while (rows.Read()) keys.Add(rows.GetString(0));
        return keys;
    }
}
