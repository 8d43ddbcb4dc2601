using Microsoft.Data.Sqlite;
using ProvingMarket.Storage.Records;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>The writing side of a data file: one connection, used by one thread.</summary>
internal sealed class RecordTable : IDisposable
{
    // Versions never come back, not even after a record was deleted and written again or the process has died: they begin with the
    // number of times that the file has been opened.
    private const int VersionBitsForOneOpening = 40;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly RecordKinds _kinds;
    private readonly KnownRecords? _known;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _update;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _version;
    private readonly RecordIndex _index;
    private long _lastId;
    private long _lastVersion;
    private IReadOnlyList<PendingWrite> _writes = [];
    private int _added;

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">A connection that writes.</param>
    /// <param name="openings">How often the file has been opened, this time included.</param>
    /// <param name="kinds">The kinds of records there are.</param>
    /// <param name="known">Is told of all records before they can be read; null when nobody asks it.</param>
    /// <param name="indexBatch">How many new records the index gets together.</param>
    /// <exception cref="SqliteError">The file cannot be read.</exception>
    internal RecordTable(SqliteConnection connection, long openings, RecordKinds kinds, KnownRecords? known, int indexBatch = RecordIndex.DefaultBatch)
    {
        _known = known;
        _connection = connection;
        _handle = connection.Handle!;
        _kinds = kinds;
        _lastVersion = openings << VersionBitsForOneOpening;
        _begin = new SqliteStatement(_handle, "BEGIN IMMEDIATE");
        _commit = new SqliteStatement(_handle, "COMMIT");
        _insert = new SqliteStatement(_handle, "INSERT INTO record (id, kind, grain_key, version, data) VALUES (?, ?, ?, ?, ?)");
        _update = new SqliteStatement(_handle, "UPDATE record SET version = ?, data = ? WHERE id = ? AND version = ?");
        _delete = new SqliteStatement(_handle, "DELETE FROM record WHERE id = ? AND version = ?");
        _version = new SqliteStatement(_handle, "SELECT version FROM record WHERE id = ?");
        _index = new RecordIndex(connection, indexBatch);
        // Never one that the index is said to name, also when that record was deleted.
        _lastId = SqliteSchema.Scalar(connection, "SELECT max(up_to, coalesce((SELECT max(id) FROM record), 0)) FROM indexed");
        foreach (var (kindId, grainKey) in Unindexed.Keys) known?.Found(kindId, grainKey.AsSpan());
    }

    /// <summary>Gets the records that the index does not name yet, for readers.</summary>
    internal UnindexedRecords Unindexed => _index.Unindexed;

    /// <summary>Tells how many pages were written to the log since the last call, and counts from zero again: SQLite counts in 32 bits, which a file that is open for long outgrows.</summary>
    /// <returns>The number of pages.</returns>
    internal int TakePagesLogged()
    {
        SqliteError.ThrowUnless(_handle, raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1));
        return pages;
    }

    /// <summary>Gives a version that no record has had. From any thread.</summary>
    /// <returns>The version.</returns>
    internal long NextVersion() => Interlocked.Increment(ref _lastVersion);

    /// <summary>Begins a transaction.</summary>
    /// <param name="writes">The changes it is for.</param>
    /// <exception cref="SqliteError">It failed.</exception>
    internal void Begin(IReadOnlyList<PendingWrite> writes)
    {
        (_writes, _added) = (writes, 0);
        _index.Refresh();
        _known?.RenewIfWorn(Unindexed.Keys);

        // Outside of the transaction: a kind stays when the changes do not.
        foreach (var write in writes) write.KindId = _kinds.Find(write.Key.Kind) ?? _kinds.Add(_connection, write.Key.Kind);
        _begin.Run();
    }

    /// <summary>Ends the transaction; its changes are on the disk afterwards.</summary>
    /// <exception cref="SqliteError">It failed.</exception>
    internal void Commit()
    {
        _commit.Run();
        _index.Committed();
        foreach (var write in _writes)
        {
            if (write is { IsOrdered: true, ExpectsNone: true }) _known?.Arrived(write.KindId, write.Key.GrainKey);
        }
    }

    /// <summary>Ends the transaction without its changes, unless SQLite has done so already.</summary>
    internal void Rollback()
    {
        _known?.Gone(_added);
        _index.RolledBack();
        if (raw.sqlite3_get_autocommit(_handle) == 0) _ = raw.sqlite3_exec(_handle, "ROLLBACK");
    }

    /// <summary>Makes a change as part of the transaction. What concerns only this record is noted on the change.</summary>
    /// <param name="write">The change.</param>
    /// <exception cref="SqliteError">The transaction cannot go on.</exception>
    internal void Apply(PendingWrite write)
    {
        try
        {
            if (write.Data is { } data) Put(write, data.Written);
            else Delete(write);
        }
        catch (SqliteError error) when (error.IsOfOneRecord && raw.sqlite3_get_autocommit(_handle) == 0)
        {
            write.Fails(Failure(write, error));
        }

        // Not a matter of this record.
        _index.NameSome();
    }

    /// <summary>Describes why a change could not be made.</summary>
    /// <param name="write">The change.</param>
    /// <param name="error">Why.</param>
    /// <returns>The exception for the caller.</returns>
    internal SqliteGrainStorageException Failure(PendingWrite write, Exception error) =>
        new($"The state {write.Key} could not be {(write.Data is null ? "deleted from" : "written to")} {_connection.DataSource}: {error.Message}.", error);

    /// <summary>Moves what the log holds into the database file, as far as no reader still needs it.</summary>
    /// <param name="pages">How many pages the log has.</param>
    /// <returns>Whether the log holds nothing more that is not in the database file.</returns>
    internal bool Checkpoint(out int pages)
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out pages, out var moved);
        return result == raw.SQLITE_OK && moved == pages;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IndexAll();
        foreach (var statement in new[] { _begin, _commit, _insert, _update, _delete, _version }) statement.Dispose();
        _index.Dispose();
        _ = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
        _connection.Dispose();
    }

    private void Put(PendingWrite write, ReadOnlySpan<byte> data)
    {
        var stored = write.ExpectsNone && (write.IsOrdered || _known?.MayContain(write.KindId, write.Key.GrainKey) == false) ? null : _index.Find(write.KindId, write.Key.GrainKey);
        var version = write.GivenVersion ?? NextVersion();
        if (write.ExpectsNone && stored is null) Insert(write, version, data);
        else if (!write.ExpectsNone && stored is { } id && _update.Bind(version).Bind(data).Bind(id).Bind(write.ExpectedVersion).Run() == 1) write.Applied(version);
        else write.Conflicts(VersionOf(stored));
    }

    private void Insert(PendingWrite write, long version, ReadOnlySpan<byte> data)
    {
        var id = ++_lastId;
        _insert.Bind(id).Bind(write.KindId).Bind(write.Key.GrainKey.AsSpan()).Bind(version).Bind(data).Run();
        _known?.Add(write.KindId, write.Key.GrainKey.AsSpan());
        _added++;
        _index.Add(write.KindId, write.Key.GrainKey, id);
        write.Applied(version);
    }

    private void Delete(PendingWrite write)
    {
        var stored = _index.Find(write.KindId, write.Key.GrainKey);
        if (stored is { } id && !write.ExpectsNone && _delete.Bind(id).Bind(write.ExpectedVersion).Run() == 1)
        {
            _index.Delete(write.KindId, write.Key.GrainKey);
            _known?.Gone();
        }
        else if (stored is not null || !write.ExpectsNone)
        {
            write.Conflicts(VersionOf(stored));
            return;
        }

        write.Applied(null);
    }

    private long? VersionOf(long? id) => id is { } stored ? _version.Bind(stored).Single<long?>(row => raw.sqlite3_column_int64(row, 0)) : null;

    // Only for whoever looks at the file, and to open it sooner.
    private void IndexAll()
    {
        try
        {
            Begin([]);
            _index.NameAll();
            Commit();
        }
        catch (SqliteError)
        {
            Rollback();
        }
    }
}
