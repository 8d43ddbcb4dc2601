using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>A prepared statement, driven without the allocations of ADO.NET. Belongs to one thread.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    /// <summary>Prepares a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">Its text.</param>
    internal SqliteStatement(sqlite3 connection, string sql)
    {
        _connection = connection;
        SqliteError.ThrowUnless(connection, raw.sqlite3_prepare_v2(connection, sql, out _statement));
    }

    /// <summary>Gives the next parameter its value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>This statement.</returns>
    /// <exception cref="SqliteError">It is refused; the statement begins with its first parameter again.</exception>
    internal SqliteStatement Bind(long value) => Bound(raw.sqlite3_bind_int64(_statement, ++_bound, value));

    /// <summary>Gives the next parameter its value.</summary>
    /// <param name="utf8">The value, as UTF-8; copied.</param>
    /// <returns>This statement.</returns>
    /// <exception cref="SqliteError">It is refused; the statement begins with its first parameter again.</exception>
    internal SqliteStatement Bind(ReadOnlySpan<byte> utf8) => Bound(raw.sqlite3_bind_text(_statement, ++_bound, utf8));

    /// <summary>Runs the statement, which has no rows, and makes it ready for the next time.</summary>
    /// <returns>The number of records changed.</returns>
    internal int Run()
    {
        try
        {
            SqliteError.ThrowUnless(_connection, raw.sqlite3_step(_statement), raw.SQLITE_DONE);
            return raw.sqlite3_changes(_connection);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs the statement, which has at most one row.</summary>
    /// <typeparam name="T">What is taken from the row.</typeparam>
    /// <param name="select">Takes it: column values are valid only within.</param>
    /// <returns>It, or the default when there is no row.</returns>
    internal T? Single<T>(Func<sqlite3_stmt, T> select)
    {
        try
        {
            var result = raw.sqlite3_step(_statement);
            if (result == raw.SQLITE_DONE) return default;
            SqliteError.ThrowUnless(_connection, result, raw.SQLITE_ROW);
            return select(_statement);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs the statement.</summary>
    /// <param name="take">Takes each row: column values are valid only within.</param>
    /// <returns>The number of rows.</returns>
    internal int Each(Action<sqlite3_stmt> take)
    {
        try
        {
            for (var rows = 0; ; rows++)
            {
                var result = raw.sqlite3_step(_statement);
                if (result == raw.SQLITE_DONE) return rows;
                SqliteError.ThrowUnless(_connection, result, raw.SQLITE_ROW);
                take(_statement);
            }
        }
        finally
        {
            Reset();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private SqliteStatement Bound(int result)
    {
        try
        {
            SqliteError.ThrowUnless(_connection, result);
            return this;
        }
        catch
        {
            Reset();
            throw;
        }
    }

    // The result repeats the failure of the last step, which has been reported.
    private void Reset()
    {
        _ = raw.sqlite3_reset(_statement);
        _bound = 0;
    }
}
