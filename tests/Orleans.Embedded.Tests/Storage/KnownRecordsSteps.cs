using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>A data file's writing thread and its scanning thread, a step at a time in any order.</summary>
internal sealed class KnownRecordsSteps : IDisposable
{
    internal const int Choices = Operations * Keys;
    internal const long KindId = 1;
    private const int Keys = 12;
    private const int Operations = 7;

    private static readonly RecordKind s_kind = new("market", "state", GrainType.Create("account"));

    private readonly SqliteConnection _connection;
    private readonly RecordTable _table;
    private readonly RecordScan _scan;
    private readonly Dictionary<int, string> _stored = [];
    private readonly HashSet<int> _announced = [];
    private readonly List<(int Key, PendingWrite Write)> _open = [];

    internal KnownRecordsSteps(SqliteFixture file)
    {
        using (file.Connect())
        {
            // Creates the folder and the file.
        }

        _connection = SqliteConnections.OpenWriter(file.Options.DataSource, TimeSpan.FromSeconds(1));
        _table = new RecordTable(_connection, SqliteSchema.Prepare(_connection), new RecordKinds(_connection), Known);
        _scan = new RecordScan(SqliteConnections.OpenReader(file.Options.DataSource, TimeSpan.FromSeconds(1)), Known, NullLogger.Instance, atOnce: 2);
    }

    internal KnownRecords Known { get; } = new(firstCapacity: 4);

    /// <summary>The records that the file has, apart from the transaction that is open, and those that were announced.</summary>
    internal IEnumerable<int> Expected => _stored.Keys.Concat(_announced);

    /// <summary>How often the records were found.</summary>
    internal int Renewals { get; private set; }

    internal void Do(int choice)
    {
        var key = choice % Keys;
        switch (choice / Keys)
        {
            case 0 when _announced.Contains(key) && _open.All(open => open.Key != key):
                var ordered = new PendingWrite(KeyOf(key), expected: null, RecordData.Of());
                ordered.WillBeOrdered(_table.NextVersion());
                Apply(key, ordered);
                break;
            case 0 or 1 when !_announced.Contains(key):
                Apply(key, new PendingWrite(KeyOf(key), expected: null, RecordData.Of()));
                break;
            case 5 when Known.TryAnnounce(KindId, KeyOf(key).GrainKey):
                _announced.Add(key);
                break;
            case 2:
                Apply(key, new PendingWrite(KeyOf(key), _stored.GetValueOrDefault(key, "1"), data: null));
                break;
            case 3 when _open.Count > 0 && key == 0:
                _table.Rollback();
                End(isCommitted: false);
                break;
            case 3 or 4 when _open.Count > 0:
                _table.Commit();
                End(isCommitted: true);
                break;
            default:
                if (!Known.IsScanWanted) break;
                Assert.True(_scan.Continue());
                if (!Known.IsScanWanted) Renewals++;
                break;
        }
    }

    public void Dispose()
    {
        _table.Rollback();
        _scan.Dispose();
        _table.Dispose();
    }

    private void Apply(int key, PendingWrite write)
    {
        if (_open.Count == 0) _table.Begin([write]);
        write.KindId = KindId;
        _table.Apply(write);
        _open.Add((key, write));
    }

    private void End(bool isCommitted)
    {
        foreach (var (key, write) in _open)
        {
            write.Publish();
            if (!isCommitted || write.Task.IsFaulted) continue;
            if (write.IsOrdered)
            {
                _announced.Remove(key);
                _stored[key] = write.GivenVersion!.Value.ToString(CultureInfo.InvariantCulture);
            }
            else if (write.Task.Result is { } version) _stored[key] = version;
            else _stored.Remove(key);
        }

        _open.Clear();
    }

    private static RecordKey KeyOf(int key) => new(s_kind, IdSpan.Create(key.ToString(CultureInfo.InvariantCulture)));
}
