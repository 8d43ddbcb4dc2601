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

    /// <summary>Has on the disk what was written to the file before. That it fails is SQLite's to find out, which flushes the file itself before it forgets the log:
    /// an error of the disk is told to every handle.</summary>
    internal void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException)
        {
            // What is not on the disk is in the log.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
