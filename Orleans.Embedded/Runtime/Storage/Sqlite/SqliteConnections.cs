using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Orleans.Storage.Sqlite;

/// <summary>Opens connections to a data file.</summary>
internal static class SqliteConnections
{
    static SqliteConnections() => SQLitePCL.Batteries_V2.Init();

    /// <summary>Opens a connection that writes: every commit is on the disk before it returns.</summary>
    /// <param name="dataSource">The file.</param>
    /// <param name="busyTimeout">How long to wait for other programs.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SqliteGrainStorageException">The file is no database, or cannot keep a write-ahead log.</exception>
    internal static SqliteConnection OpenWriter(string dataSource, TimeSpan busyTimeout)
    {
        var connection = Open(dataSource, busyTimeout);
        try
        {
            // Of a new file: small, because the log holds whole pages, and of most of them only a line of an index has changed.
            SqliteSchema.Execute(connection, "PRAGMA page_size = 2048");
            if (Text(connection, "PRAGMA journal_mode = WAL") is var mode && mode != "wal")
                throw new SqliteGrainStorageException($"{dataSource} cannot keep a write-ahead log: its journal mode stays '{mode}'.");
            SqliteSchema.Execute(connection, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads. The file must have been opened for writing before.</summary>
    /// <param name="dataSource">The file.</param>
    /// <param name="busyTimeout">How long to wait for other programs.</param>
    /// <returns>The connection.</returns>
    internal static SqliteConnection OpenReader(string dataSource, TimeSpan busyTimeout)
    {
        var connection = Open(dataSource, busyTimeout);
        SqliteSchema.Execute(connection, "PRAGMA query_only = 1; PRAGMA cache_size = -16384;");
        return connection;
    }

    /// <summary>Opens a connection that moves the log into the database file.</summary>
    /// <param name="dataSource">The file.</param>
    /// <param name="busyTimeout">How long to wait for other programs.</param>
    /// <returns>The connection.</returns>
    internal static SqliteConnection OpenCheckpointer(string dataSource, TimeSpan busyTimeout)
    {
        var connection = Open(dataSource, busyTimeout);
        SqliteSchema.Execute(connection, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
        return connection;
    }

    private static SqliteConnection Open(string dataSource, TimeSpan busyTimeout)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = dataSource, Pooling = false, ForeignKeys = false };
        var connection = new SqliteConnection(settings.ToString());
        connection.Open();
        SqliteSchema.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)busyTimeout.TotalMilliseconds}"));
        return connection;
    }

    private static string? Text(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }
}
