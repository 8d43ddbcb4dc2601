using Microsoft.Data.Sqlite;
using ProvingMarket.Serialization;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>A reading side of a data file: one connection, used by one thread. Reads that wait at the same time share a snapshot.</summary>
internal sealed class RecordReader : IDisposable
{
    private const int MaxBatch = 128;

    private readonly SqliteConnection _connection;
    private readonly BatchQueue<PendingRead> _queue;
    private readonly UnindexedRecords _unindexed;
    private readonly List<PendingRead> _batch = [];
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _end;
    private readonly SqliteStatement _byId;
    private readonly SqliteStatement _byKey;

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">A connection that reads.</param>
    /// <param name="queue">The reads, shared by all readers.</param>
    /// <param name="unindexed">The records that the index does not name yet.</param>
    internal RecordReader(SqliteConnection connection, BatchQueue<PendingRead> queue, UnindexedRecords unindexed)
    {
        _unindexed = unindexed;
        _connection = connection;
        _queue = queue;
        _begin = new SqliteStatement(connection.Handle!, "BEGIN");
        _end = new SqliteStatement(connection.Handle!, "COMMIT");
        _byId = new SqliteStatement(connection.Handle!, "SELECT version, data FROM record WHERE id = ?");
        _byKey = new SqliteStatement(connection.Handle!, "SELECT version, data FROM record WHERE id = (SELECT record FROM record_index WHERE kind = ? AND grain_key = ?)");
    }

    /// <summary>Reads what has gathered; waits until there is something. Called by the reading thread, again and again.</summary>
    /// <returns>False once the queue is closed and everything has been read.</returns>
    internal bool WaitAndRead()
    {
        if (!_queue.WaitAndTake(_batch, MaxBatch)) return false;

        // Before the snapshot: what leaves memory is named in the index of every snapshot that begins later.
        foreach (var read in _batch) read.Place = _unindexed.Find(read.KindId, read.Key.GrainKey) ?? default;

        // The snapshot begins after the batch was taken: it has every write that had ended before one of these reads was asked for.
        var isShared = _batch.Count > 1 || _batch[0].Place.Former != 0;
        if (isShared) Try(_begin);
        foreach (var read in _batch) Answer(read);
        if (isShared) Try(_end);
        _batch.Clear();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _end, _byId, _byKey }) statement.Dispose();
        _connection.Dispose();
    }

    private static StoredRecord Take(sqlite3_stmt row) => new(raw.sqlite3_column_int64(row, 0), PooledBuffer.CopyOf(raw.sqlite3_column_blob(row, 1)));

    // Without the shared snapshot every read has its own: slower, nothing else.
    private static void Try(SqliteStatement statement)
    {
        try
        {
            statement.Run();
        }
        catch (SqliteError)
        {
        }
    }

    private void Answer(PendingRead read)
    {
        try
        {
            read.TrySetResult(ById(read.Place.Id) ?? ById(read.Place.Former) ?? _byKey.Bind(read.KindId).Bind(read.Key.GrainKey.AsSpan()).Single(Take));
        }
        catch (Exception error)
        {
            read.TrySetException(new SqliteGrainStorageException($"The state {read.Key} could not be read from {_connection.DataSource}: {error.Message}.", error));
        }
    }

    private StoredRecord? ById(long id) => id == 0 ? null : _byId.Bind(id).Single(Take);
}
