namespace Orleans.Storage.Sqlite;

/// <summary>
/// Keeps the log short: asks for it to be moved into the database file when it has grown, and moves the rest. SQLite writes from the log's beginning again
/// only when nobody reads it at that moment, and else goes on at its end; so the rest is moved after each commit until the log is short again. A reader that
/// stays for long lets more gather than writes should wait for: that is moved in the background, whenever as much again has come.
/// </summary>
/// <param name="table">The writing side, whose thread calls.</param>
/// <param name="checkpointer">Moves the most of it, meanwhile.</param>
/// <param name="pages">How many pages of log may gather.</param>
internal sealed class LogUpkeep(RecordTable table, WalCheckpointer checkpointer, long pages)
{
    private readonly LogGrowth _growth = new(pages);

    /// <summary>Does what is due. To be called after each commit.</summary>
    internal void AfterCommit()
    {
        _growth.Add(table.TakePagesLogged());
        if (checkpointer.IsMoved && checkpointer.PagesLeft <= 2 * pages && table.Checkpoint(out var inLog) && inLog <= pages) checkpointer.Finished();
        else if (_growth.IsDue && checkpointer.Request()) _growth.StartOver();
    }
}
