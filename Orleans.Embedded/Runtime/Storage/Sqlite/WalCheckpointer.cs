using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Moves the log into the database file while the writer goes on, and what the writer has added meanwhile, too, until that is little. The writer moves
/// the rest itself, after which the log starts again from its beginning. SQLite has the file on the disk only when all of the log is in it, which is in
/// the writer's time; so what is moved here is flushed here, to leave little of that, too. The first time that is much, and the disk is left to the writer
/// now and then; what came meanwhile is flushed without that, or it would never become little.
/// </summary>
/// <param name="connection">A connection for this alone.</param>
/// <param name="flush">Has on the disk what was moved, leaving room for others if that is true, unless it returns false.</param>
/// <param name="little">How many pages the writer may be left to move.</param>
internal sealed class WalCheckpointer(SqliteConnection connection, Func<bool, bool> flush, long little) : IDisposable
{
    /// <summary>How often the log is moved before the writer is left the rest, however much that is. Each time takes a fraction of the one before, unless the writer is as fast.</summary>
    internal const int MostRounds = 5;

    private const int Idle = 0;
    private const int Requested = 1;
    private const int Moved = 2;

    private readonly SemaphoreSlim _work = new(0);
    private volatile bool _closed;
    private int _state = Idle;

    /// <summary>Gets a value indicating whether the writer should move the rest.</summary>
    internal bool IsMoved => Volatile.Read(ref _state) == Moved;

    /// <summary>Gets how many pages of the log somebody still read when it was moved last, so that they stayed; as many as there can be when the disk failed. To be asked when <see cref="IsMoved"/>.</summary>
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

        var movedBefore = 0;
        for (var round = 0; round < MostRounds; round++)
        {
            // A failure shows in the log's growth, and the writer asks again.
            var result = raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var logged, out var moved);
            PagesLeft = result == raw.SQLITE_OK ? logged - moved : long.MaxValue;
            if (result != raw.SQLITE_OK || moved == movedBefore) break;

            if (!flush(round == 0))
            {
                PagesLeft = long.MaxValue;
                break;
            }

            // If all of it had been moved, the log has begun again.
            var came = moved > movedBefore ? moved - movedBefore : moved;
            if (came <= little) break;
            movedBefore = moved;
        }

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
