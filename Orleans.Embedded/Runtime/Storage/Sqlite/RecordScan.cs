using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>Finds out, beside everything else, which records a data file has: when it is opened, and again whenever many have gone. A part at a time, so that the log can be moved meanwhile.</summary>
/// <param name="connection">A connection that reads, for this alone.</param>
/// <param name="known">Receives the records.</param>
/// <param name="logger">Is told when it fails.</param>
/// <param name="atOnce">How many at a time.</param>
internal sealed partial class RecordScan(SqliteConnection connection, KnownRecords known, ILogger logger, int atOnce = RecordScan.AtOnce) : IDisposable
{
    private const int AtOnce = 4_096;

    private readonly SqliteStatement _first = new(connection.Handle!, $"SELECT kind, grain_key FROM record_index ORDER BY kind, grain_key LIMIT {atOnce}");
    private readonly SqliteStatement _next = new(
        connection.Handle!, $"SELECT kind, grain_key FROM record_index WHERE (kind, grain_key) > (?, ?) ORDER BY kind, grain_key LIMIT {atOnce}");

    private (long KindId, byte[] Key)? _last;

    /// <summary>Adds the next records; waits until that is wanted. Called by the scanning thread, again and again.</summary>
    /// <returns>False once closed.</returns>
    internal bool Continue()
    {
        if (!known.WaitUntilScanIsWanted()) return false;

        try
        {
            var statement = _last is { } last ? _next.Bind(last.KindId).Bind(last.Key) : _first;
            if (statement.Each(Take) == atOnce) return true;
            known.Complete();
        }
        catch (SqliteError error)
        {
            LogFailed(logger, error, connection.DataSource);
            known.GiveUp();
        }

        _last = null;
        return true;
    }

    /// <summary>Ends the scan after the part that is under way.</summary>
    internal void Close() => known.Close();

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.Dispose();
        _next.Dispose();
        connection.Dispose();
    }

    private void Take(sqlite3_stmt row)
    {
        var (kindId, key) = (raw.sqlite3_column_int64(row, 0), raw.sqlite3_column_blob(row, 1).ToArray());
        known.Found(kindId, key);
        _last = (kindId, key);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "It could not be found out which records {File} has: records that are not there are looked for, too.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string file);
}
