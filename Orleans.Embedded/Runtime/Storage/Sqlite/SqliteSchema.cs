using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Orleans.Storage.Sqlite;

/// <summary>The tables of a data file and their version.</summary>
internal static class SqliteSchema
{
    /// <summary>The version this program writes.</summary>
    internal const int Version = 2;

    /// <summary>What marks a file as one of ours.</summary>
    internal const int ApplicationId = 0x4F456D62;

    // A kind is what many records have in common, so that their keys stay short. grain_record shows records with their full keys.
    private const string Kinds = """
        CREATE TABLE kind (
            id INTEGER PRIMARY KEY,
            storage TEXT NOT NULL,
            state TEXT NOT NULL,
            grain_type TEXT NOT NULL,
            UNIQUE (storage, state, grain_type));
        CREATE TABLE opening (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            count INTEGER NOT NULL);
        INSERT INTO opening VALUES (1, 0);
        """;

    // Records lie in the order in which they came. The index is a table by itself because it stays behind (RecordIndex): it names all records up to a number, and some after that.
    private const string Records = """
        CREATE TABLE record (
            id INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL REFERENCES kind (id),
            grain_key TEXT NOT NULL,
            version INTEGER NOT NULL,
            data TEXT NOT NULL);
        CREATE TABLE record_index (
            kind INTEGER NOT NULL,
            grain_key TEXT NOT NULL,
            record INTEGER NOT NULL,
            PRIMARY KEY (kind, grain_key)) WITHOUT ROWID;
        CREATE TABLE indexed (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            up_to INTEGER NOT NULL);
        INSERT INTO indexed VALUES (1, 0);
        CREATE VIEW grain_record AS
            SELECT storage, state, grain_type, grain_key, version, data FROM record JOIN kind ON kind.id = record.kind;
        """;

    // Of version 1, where records had their keys as an index of SQLite's.
    private const string FromVersion1 = $"""
        DROP VIEW grain_record;
        ALTER TABLE record RENAME TO record_1;
        {Records}
        INSERT INTO record SELECT rowid, kind, grain_key, version, data FROM record_1 ORDER BY rowid;
        INSERT INTO record_index SELECT kind, grain_key, rowid FROM record_1 ORDER BY kind, grain_key;
        UPDATE indexed SET up_to = (SELECT coalesce(max(id), 0) FROM record);
        DROP TABLE record_1;
        PRAGMA user_version = 2;
        """;

    /// <summary>Creates the tables in a new file, changes those of an older version, and refuses a file that is newer or not ours.</summary>
    /// <param name="connection">The open connection.</param>
    /// <returns>How often the file has been opened, this time included.</returns>
    /// <exception cref="SqliteGrainStorageException">The file cannot be used.</exception>
    internal static long Prepare(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        if (IsNew(connection)) Execute(connection, $"{Kinds} {Records} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};");
        else if (Check(connection) == 1) Execute(connection, FromVersion1);
        Execute(connection, "UPDATE opening SET count = count + 1");
        var openings = Scalar(connection, "SELECT count FROM opening");
        transaction.Commit();
        return openings;
    }

    /// <summary>Makes sure that a file is ours and of this version or an older one, and changes nothing. In all of them <c>grain_record</c> shows the records.</summary>
    /// <param name="connection">The open connection.</param>
    /// <returns>Its version.</returns>
    /// <exception cref="SqliteGrainStorageException">The file is another, or empty.</exception>
    internal static long Check(SqliteConnection connection)
    {
        if (IsNew(connection)) throw new SqliteGrainStorageException($"{connection.DataSource} is an empty database, without the records of a market.");
        var version = Scalar(connection, "PRAGMA user_version");
        var application = Scalar(connection, "PRAGMA application_id");
        if (application != ApplicationId)
            throw new SqliteGrainStorageException($"{connection.DataSource} is a SQLite database of another program (application_id {application}).");
        if (version is < 1 or > Version)
            throw new SqliteGrainStorageException($"{connection.DataSource} has schema version {version}; this program knows version {Version}. Use the program that wrote it, or a newer one.");
        return version;
    }

    /// <summary>Runs statements.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">Their text.</param>
    internal static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement with one number as its result.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">Its text.</param>
    /// <returns>The number.</returns>
    internal static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static bool IsNew(SqliteConnection connection) =>
        Scalar(connection, "PRAGMA user_version") == 0 && Scalar(connection, "PRAGMA application_id") == 0 && Scalar(connection, "SELECT count(*) FROM sqlite_master") == 0;
}
