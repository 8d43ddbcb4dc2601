namespace Orleans.Storage.Sqlite;

/// <summary>Counts the pages written to the log since it was last asked to be moved. A file that is open for long has more of them than 32 bits can count.</summary>
/// <param name="most">After how many pages it is to be moved.</param>
internal sealed class LogGrowth(long most)
{
    private long _pages;

    /// <summary>Gets a value indicating whether the log is to be moved.</summary>
    internal bool IsDue => _pages > most;

    /// <summary>Counts pages.</summary>
    /// <param name="pages">How many were written since the last call.</param>
    internal void Add(int pages) => _pages += pages;

    /// <summary>Counts from zero again.</summary>
    internal void StartOver() => _pages = 0;
}
