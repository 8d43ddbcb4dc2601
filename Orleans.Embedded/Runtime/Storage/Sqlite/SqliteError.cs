using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>A step of SQLite failed.</summary>
internal sealed class SqliteError : Exception
{
    private SqliteError(int code, string message) : base(message) => Code = code;

    /// <summary>Gets SQLite's result code.</summary>
    internal int Code { get; }

    /// <summary>Gets a value indicating whether the failure lies in the one record rather than in the file, the disk or the transaction.</summary>
    internal bool IsOfOneRecord => Code is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH;

    /// <summary>Gets a value indicating whether trying again cannot help.</summary>
    internal bool IsFinal => IsOfOneRecord || Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Throws unless a result code is the expected one.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="result">The result code.</param>
    /// <param name="expected">The code of success.</param>
    internal static void ThrowUnless(sqlite3 connection, int result, int expected = raw.SQLITE_OK)
    {
        if (result != expected) throw new SqliteError(result & 0xff, $"SQLite error {result & 0xff} ({raw.sqlite3_errmsg(connection).utf8_to_string()})");
    }
}
