using System.Buffers;
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
    private readonly List<PendingRead> _batch = [];
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _end;
    private readonly SqliteStatement _select;

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">A connection that reads.</param>
    /// <param name="queue">The reads, shared by all readers.</param>
    internal RecordReader(SqliteConnection connection, BatchQueue<PendingRead> queue)
    {
        _connection = connection;
        _queue = queue;
        _begin = new SqliteStatement(connection.Handle!, "BEGIN");
        _end = new SqliteStatement(connection.Handle!, "COMMIT");
        _select = new SqliteStatement(connection.Handle!, "SELECT version, data FROM record WHERE kind = ? AND grain_key = ?");
    }

    /// <summary>Reads what has gathered; waits until there is something. Called by the reading thread, again and again.</summary>
    /// <returns>False once the queue is closed and everything has been read.</returns>
    internal bool WaitAndRead()
    {
        if (!_queue.WaitAndTake(_batch, MaxBatch)) return false;

        // The snapshot begins after the batch was taken: it has every write that had ended before one of these reads was asked for.
        if (_batch.Count > 1) Try(_begin);
        foreach (var read in _batch) Answer(read);
        if (_batch.Count > 1) Try(_end);
        _batch.Clear();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _end, _select }) statement.Dispose();
        _connection.Dispose();
    }

    private static StoredRecord Take(sqlite3_stmt row)
    {
        var data = raw.sqlite3_column_blob(row, 1);
        var copy = new PooledBuffer(int.MaxValue, nameof(int.MaxValue));
        copy.Write(data);
        return new StoredRecord(raw.sqlite3_column_int64(row, 0), copy);
    }

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
            read.TrySetResult(_select.Bind(read.KindId).Bind(read.Key.GrainKey.AsSpan()).Single(Take));
        }
        catch (Exception error)
        {
            read.TrySetException(new SqliteGrainStorageException($"The state {read.Key} could not be read from {_connection.DataSource}: {error.Message}.", error));
        }
    }
}
