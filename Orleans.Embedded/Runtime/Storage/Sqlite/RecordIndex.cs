using Microsoft.Data.Sqlite;
using Orleans.Runtime;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Finds the records of a data file by their keys, for the writing thread. The index of the file stays behind: a new record is named in it later, with some thousands of others and in the
/// index's order. Records that come at the same time have keys from everywhere, and each by itself would cost a page of the log for its line; in a batch neighbours share one.
/// What it does not name yet is kept in memory, and is found in the file by its number after a crash.
/// </summary>
internal sealed class RecordIndex : IDisposable
{
    /// <summary>How many records are named together: the more, the fewer pages for each. Twice as many are kept in memory at most, and looked for when the file is opened after a crash.</summary>
    internal const int DefaultBatch = 8_192;

    // Of the batch before, for each that comes: done when the next one is half as large.
    private const int ForEachNew = 2;

    private readonly UnindexedRecords _unindexed;
    private readonly SqliteStatement _find;
    private readonly SqliteStatement _name;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _end;
    private readonly SqliteStatement _load;
    private long _namedUpTo;
    private int _due;
    private bool _isStale = true;

    /// <summary>Prepares statements.</summary>
    /// <param name="connection">The connection that writes.</param>
    /// <param name="batch">How many records are named together.</param>
    internal RecordIndex(SqliteConnection connection, int batch)
    {
        var handle = connection.Handle!;
        _unindexed = new UnindexedRecords(batch);
        _find = new SqliteStatement(handle, "SELECT record FROM record_index WHERE kind = ? AND grain_key = ?");
        _name = new SqliteStatement(handle, "INSERT INTO record_index (kind, grain_key, record) VALUES (?, ?, ?)");
        _delete = new SqliteStatement(handle, "DELETE FROM record_index WHERE kind = ? AND grain_key = ?");
        _end = new SqliteStatement(handle, "UPDATE indexed SET up_to = ?");
        _load = new SqliteStatement(handle, """
            SELECT kind, grain_key, id FROM record WHERE id > (SELECT up_to FROM indexed)
                AND NOT EXISTS (SELECT 1 FROM record_index AS named WHERE named.kind = record.kind AND named.grain_key = record.grain_key) ORDER BY id
            """);
        Refresh();
    }

    /// <summary>Gets what the index does not name yet.</summary>
    internal UnindexedRecords Unindexed => _unindexed;

    /// <summary>Finds out anew what the index does not name, after a transaction was taken back. To be called between transactions.</summary>
    /// <exception cref="SqliteError">The file cannot be read.</exception>
    internal void Refresh()
    {
        if (!_isStale) return;
        var records = new List<(long, IdSpan, long)>();
        _load.Each(row => records.Add((raw.sqlite3_column_int64(row, 0), new IdSpan(raw.sqlite3_column_blob(row, 1).ToArray()), raw.sqlite3_column_int64(row, 2))));
        _unindexed.Reset(records);
        (_namedUpTo, _due, _isStale) = (0, 0, false);
    }

    /// <summary>Finds a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    /// <returns>Its number; null when there is none.</returns>
    internal long? Find(long kindId, IdSpan grainKey) => _unindexed.Find(kindId, grainKey) is { } place
        ? place.Id == 0 ? null : place.Id
        : _find.Bind(kindId).Bind(grainKey.AsSpan()).Single<long?>(row => raw.sqlite3_column_int64(row, 0));

    /// <summary>Adds a record, to be named later.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    /// <param name="id">Its number, larger than that of any before.</param>
    internal void Add(long kindId, IdSpan grainKey, long id)
    {
        _unindexed.Add(kindId, grainKey, id);
        _due += ForEachNew;
    }

    /// <summary>Names some of those that came before, as many as are due for what has come.</summary>
    /// <exception cref="SqliteError">The transaction cannot go on.</exception>
    internal void NameSome()
    {
        Name(_due, isAll: false);
        _due = 0;
    }

    /// <summary>Deletes a record.</summary>
    /// <param name="kindId">The number of its kind.</param>
    /// <param name="grainKey">The grain's key.</param>
    internal void Delete(long kindId, IdSpan grainKey)
    {
        // It may be here and be named, too, both in the transaction that is open.
        if (_unindexed.Find(kindId, grainKey) is not null) _unindexed.Delete(kindId, grainKey);
        _delete.Bind(kindId).Bind(grainKey.AsSpan()).Run();
    }

    /// <summary>Names everything, so that a file at rest has all in its index.</summary>
    internal void NameAll() => Name(int.MaxValue, isAll: true);

    /// <summary>Says that the transaction is committed.</summary>
    internal void Committed() => _unindexed.Committed();

    /// <summary>Says that the transaction was taken back.</summary>
    internal void RolledBack() => _isStale = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in new[] { _find, _name, _delete, _end, _load }) statement.Dispose();
    }

    private void Name(int count, bool isAll)
    {
        for (; count > 0 && _unindexed.TryTake(isAll, out var entry); count--)
            _name.Bind(entry.Key.KindId).Bind(entry.Key.GrainKey.AsSpan()).Bind(entry.Id).Run();
        if (!_unindexed.IsBatchTaken || _unindexed.BatchEnd == _namedUpTo) return;
        _end.Bind(_unindexed.BatchEnd).Run();
        _namedUpTo = _unindexed.BatchEnd;
    }
}
