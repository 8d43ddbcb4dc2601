using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// A database file beside SQLite's own handles of it. To be disposed after the last connection: POSIX drops a process's locks of a file as soon as one of
/// its handles is closed, SQLite's among them.
/// </summary>
/// <param name="dataSource">The file, which exists.</param>
internal sealed partial class DatabaseFile(string dataSource) : IDisposable
{
    // What the disk writes within a millisecond or two: as long as whoever flushes the log at that moment waits behind it.
    private const long SmallestPart = 1024 * 1024;

    // Of a large file most parts have nothing to be written, and asking for each takes time, too.
    private const int MostParts = 4096;

    private const int Eio = 5;
    private const int Enospc = 28;
    private const int Edquot = 122;

    // Threads do not sleep for less, and a part of which nothing was to be written takes less.
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(1);

    private readonly SafeFileHandle _handle = File.OpenHandle(dataSource, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>
    /// Has on the disk what was written to the file before. On Linux a part at a time, so that a transaction that comes meanwhile has a part before it, and not
    /// all of the file.
    /// </summary>
    /// <param name="leaveRoom">Whether to leave the disk to others after each part, for as many whole milliseconds as that took.</param>
    /// <returns>False when the disk failed: what is not on it is in the log still.</returns>
    internal bool Flush(bool leaveRoom)
    {
        try
        {
            if (OperatingSystem.IsLinux()) WriteParts(leaveRoom);
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

    /// <summary>Says whether an error is of a write that failed, and not of a system or file that has no parts to be written.</summary>
    /// <param name="error">The error's number.</param>
    internal static bool IsOfWriting(int error) => error is Eio or Enospc or Edquot;

    private void WriteParts(bool leaveRoom)
    {
        var length = RandomAccess.GetLength(_handle);
        var part = Math.Max(SmallestPart, length / MostParts);
        for (var at = 0L; at < length; at += part)
        {
            var began = Stopwatch.GetTimestamp();

            if (SyncFileRange(_handle, at, part, WriteRange.AndWait) != 0)
            {
                // Of a failed write the handle tells once: the flush that follows would not. Where there are no parts, that does it alone.
                if (IsOfWriting(Marshal.GetLastPInvokeError())) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
                return;
            }

            if (leaveRoom && Stopwatch.GetElapsedTime(began) is var took && took >= s_shortestPause) Thread.Sleep(took);
        }
    }

    // sync_file_range(2).
    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long bytes, WriteRange flags);

    private enum WriteRange : uint
    {
        /// <summary>SYNC_FILE_RANGE_WAIT_BEFORE, SYNC_FILE_RANGE_WRITE and SYNC_FILE_RANGE_WAIT_AFTER.</summary>
        AndWait = 7,
    }
}
