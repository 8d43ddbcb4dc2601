using Microsoft.Win32.SafeHandles;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// A database file beside SQLite's own handles of it. To be disposed after the last connection: POSIX drops a process's locks of a file as soon as one of
/// its handles is closed, SQLite's among them.
/// </summary>
/// <param name="dataSource">The file, which exists.</param>
internal sealed class DatabaseFile(string dataSource) : IDisposable
{
    private readonly SafeFileHandle _handle = File.OpenHandle(dataSource, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Has on the disk what was written to the file before.</summary>
    /// <returns>False when the disk failed: what is not on it is in the log still.</returns>
    internal bool Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
