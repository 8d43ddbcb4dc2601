using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Moves the log into the database file while the writer goes on. What the writer has added meanwhile is little; the writer moves that
/// itself, after which the log starts again from its beginning.
/// </summary>
/// <param name="connection">A connection for this alone.</param>
internal sealed class WalCheckpointer(SqliteConnection connection) : IDisposable
{
    private const int Idle = 0;
    private const int Requested = 1;
    private const int Moved = 2;

    private readonly SemaphoreSlim _work = new(0);
    private volatile bool _closed;
    private int _state = Idle;

    /// <summary>Gets a value indicating whether the writer should move the rest.</summary>
    internal bool IsMoved => Volatile.Read(ref _state) == Moved;

    /// <summary>Gets how many pages of the log somebody still read when it was moved last, so that they stayed. To be asked when <see cref="IsMoved"/>.</summary>
    internal long PagesLeft { get; private set; }

    /// <summary>Asks for the log to be moved. Does nothing while that is under way.</summary>
    /// <returns>Whether it was not under way.</returns>
    internal bool Request()
    {
        // Called by the writer alone; the moving thread only ever ends what was requested.
        if (Volatile.Read(ref _state) == Requested) return false;
        Volatile.Write(ref _state, Requested);
        _work.Release();
        return true;
    }

    /// <summary>Says that the writer has moved the rest, and that the log has begun again.</summary>
    internal void Finished() => Volatile.Write(ref _state, Idle);

    /// <summary>Moves the log once; waits until it is asked for. Called by the moving thread, again and again.</summary>
    /// <returns>False once closed.</returns>
    internal bool WaitAndMove()
    {
        _work.Wait();
        if (_closed) return false;

        // A failure shows in the log's growth, and the writer asks again.
        var result = raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var logged, out var moved);
        PagesLeft = result == raw.SQLITE_OK ? logged - moved : long.MaxValue;
        Volatile.Write(ref _state, Moved);
        return true;
    }

    /// <summary>Ends the waiting.</summary>
    internal void Close()
    {
        _closed = true;
        _work.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        connection.Dispose();
        _work.Dispose();
    }
}
