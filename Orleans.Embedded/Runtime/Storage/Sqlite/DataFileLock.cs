using System.Globalization;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Lets one process at a time use a database file. The operating system drops the lock with the process, however that ends; a file
/// beside the database names the last holder.
/// </summary>
internal sealed class DataFileLock : IDisposable
{
    private readonly FileStream _file;

    private DataFileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="dataSource">The database file.</param>
    /// <returns>The lock, until it is disposed.</returns>
    /// <exception cref="SqliteGrainStorageException">Somebody else has it: the message says who.</exception>
    internal static DataFileLock Take(string dataSource)
    {
        FileStream file;
        try
        {
            file = new FileStream(dataSource + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (File.Exists(dataSource + ".lock"))
        {
            throw new SqliteGrainStorageException($"{dataSource} is in use by {Holder(dataSource)}. One process at a time may use a data file.", error);
        }

        try
        {
            File.WriteAllText(HolderFile(dataSource), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataFileLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Beside the lock, because a file that is locked cannot be read.
    private static string HolderFile(string dataSource) => dataSource + ".pid";

    private static string Holder(string dataSource)
    {
        try
        {
            return int.TryParse(File.ReadAllText(HolderFile(dataSource)), CultureInfo.InvariantCulture, out var processId)
                ? processId == Environment.ProcessId ? $"this process (pid {processId}) already" : $"the process with pid {processId}"
                : "another process";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
