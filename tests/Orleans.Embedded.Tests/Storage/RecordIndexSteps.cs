using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Orleans.Runtime;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>A data file whose index stays far behind, written, read, closed and cut off a step at a time, beside what it should hold.</summary>
internal sealed class RecordIndexSteps : IDisposable
{
    internal const int Keys = 9;
    internal const int Choices = Operations * Keys;
    private const int Operations = 7;
    private const int Batch = 4;

    private static readonly RecordKind s_kind = new("market", "state", GrainType.Create("account"));

    private readonly string _file;
    private readonly List<(int Key, string? Value, PendingWrite Write)> _open = [];
    private Dictionary<int, (string Version, string Value)> _committed = [];
    private SqliteConnection _connection = null!;
    private RecordKinds _kinds = null!;
    private RecordTable _table = null!;
    private RecordReader _reader = null!;
    private BatchQueue<PendingRead> _reads = null!;
    private int _values;

    internal RecordIndexSteps(SqliteFixture file)
    {
        _file = file.Options.DataSource;
        file.Connect().Dispose();
        Open();
    }

    /// <summary>How often records were found by their numbers after the file was cut off.</summary>
    internal int FoundAgain { get; private set; }

    internal void Do(int choice)
    {
        var key = choice % Keys;
        switch (choice / Keys)
        {
            case 0 or 1:
                Write(key, Next(), expected: null);
                break;
            case 2:
                Write(key, value: null, VersionOf(key));
                break;
            case 3:
                Write(key, Next(), VersionOf(key));
                break;
            case 4 or 5 when _open.Count > 0:
                _table.Commit();
                End(isCommitted: true);
                break;
            case 6 when key == 0:
                Close(isCutOff: false);
                Open();
                break;
            case 6 when key == 1:
                Close(isCutOff: true);
                Open();
                FoundAgain += _table.Unindexed.Keys.Any() ? 1 : 0;
                break;
            case 6 when key == 2 && _open.Count > 0:
                _table.Rollback();
                End(isCommitted: false);
                break;
            default:
                Assert.Equal(_committed.GetValueOrDefault(key), Read(key));
                break;
        }
    }

    /// <summary>What everybody else sees: what is committed, whatever is open.</summary>
    internal void CheckAll() => Assert.All(Enumerable.Range(0, Keys), key => Assert.Equal(_committed.GetValueOrDefault(key), Read(key)));

    /// <summary>At rest the index names every record, and nothing else.</summary>
    internal void CheckAtRest()
    {
        Close(isCutOff: false);
        using (var connection = SqliteConnections.OpenReader(_file, TimeSpan.FromSeconds(1)))
        {
            Assert.Equal(_committed.Count, SqliteSchema.Scalar(connection, "SELECT count(*) FROM record"));
            Assert.Equal(_committed.Count, SqliteSchema.Scalar(connection, "SELECT count(*) FROM record_index"));
            Assert.Equal(_committed.Count, SqliteSchema.Scalar(connection, "SELECT count(*) FROM record JOIN record_index AS named ON named.record = id AND named.kind = record.kind AND named.grain_key = record.grain_key"));
        }

        Open();
        Assert.Empty(_table.Unindexed.Keys);
    }

    public void Dispose() => Close(isCutOff: false);

    private void Open()
    {
        _connection = SqliteConnections.OpenWriter(_file, TimeSpan.FromSeconds(1));
        var openings = SqliteSchema.Prepare(_connection);
        _kinds = new RecordKinds(_connection);
        _table = new RecordTable(_connection, openings, _kinds, known: null, Batch);
        _reads = new BatchQueue<PendingRead>(new QueueRoom(Keys, long.MaxValue));
        _reader = new RecordReader(SqliteConnections.OpenReader(_file, TimeSpan.FromSeconds(1)), _reads, _table.Unindexed);
    }

    private void Close(bool isCutOff)
    {
        _reader.Dispose();
        if (_open.Count > 0) _table.Rollback();
        End(isCommitted: false);
        if (isCutOff) _connection.Dispose();
        else _table.Dispose();
    }

    private void Write(int key, string? value, string? expected)
    {
        var write = new PendingWrite(KeyOf(key), expected, value is null ? null : RecordData.Of(value));
        if (_open.Count == 0) _table.Begin([write]);
        write.KindId = _kinds.Find(s_kind)!.Value;
        _table.Apply(write);
        _open.Add((key, value, write));
    }

    private void End(bool isCommitted)
    {
        var after = new Dictionary<int, (string, string)>(_committed);
        foreach (var (key, value, write) in _open)
        {
            write.Publish();
            if (write.Task.IsFaulted) continue;
            if (value is null) after.Remove(key);
            else after[key] = (write.Task.Result!, value);
        }

        if (isCommitted) _committed = after;
        _open.Clear();
    }

    private (string Version, string Value) Read(int key)
    {
        if (_kinds.Find(s_kind) is not { } kindId) return default;
        var read = new PendingRead(KeyOf(key), kindId);
        Assert.True(_reads.EnqueueAsync(read, default).AsTask().IsCompletedSuccessfully);
        Assert.True(_reader.WaitAndRead());
        using var record = read.Task.Result;
        return record is null ? default : (record.Version.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(record.Data.Written));
    }

    // As far as it can be known: a change that is open has one that nobody was told.
    private string? VersionOf(int key) => _committed.TryGetValue(key, out var committed) ? committed.Version : null;

    private string Next() => $"{{\"N\":{(++_values).ToString(CultureInfo.InvariantCulture)}}}";

    private static RecordKey KeyOf(int key) => new(s_kind, IdSpan.Create(key.ToString(CultureInfo.InvariantCulture)));
}
