using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Orleans.Runtime;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>The kinds of records in a data file, by number. Kinds are never deleted.</summary>
internal sealed class RecordKinds
{
    private readonly ConcurrentDictionary<RecordKind, long> _ids = new();

    /// <summary>Reads the kinds of a data file.</summary>
    /// <param name="connection">A connection.</param>
    internal RecordKinds(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, storage, state, grain_type FROM kind";
        using var rows = command.ExecuteReader();
        while (rows.Read()) _ids[new RecordKind(rows.GetString(1), rows.GetString(2), new GrainType(IdSpan.Create(rows.GetString(3))))] = rows.GetInt64(0);
    }

    /// <summary>Finds the number of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>Its number, or null when the file has no records of it.</returns>
    internal long? Find(RecordKind kind) => _ids.TryGetValue(kind, out var id) ? id : null;

    /// <summary>Adds a kind.</summary>
    /// <param name="connection">The connection that writes.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="SqliteError">It failed.</exception>
    internal long Add(SqliteConnection connection, RecordKind kind)
    {
        using (var insert = new SqliteStatement(connection.Handle!, "INSERT INTO kind (storage, state, grain_type) VALUES (?, ?, ?)"))
            insert.Bind(Utf8(kind.Storage)).Bind(Utf8(kind.State)).Bind(kind.GrainType.AsSpan()).Run();
        return _ids[kind] = SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle!);
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
