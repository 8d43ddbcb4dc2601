namespace Orleans.Configuration;

/// <summary>Where and how a storage keeps its records. Storages with the same file share it, its writer and its readers; the first one's limits hold.</summary>
public sealed class SqliteGrainStorageOptions
{
    /// <summary>The smallest accepted <see cref="BusyTimeout"/>.</summary>
    internal static readonly TimeSpan ShortestBusyTimeout = TimeSpan.FromMilliseconds(1);

    /// <summary>Gets or sets the database file. Its folder is created; one process at a time may use it.</summary>
    /// <value>None: it must be set.</value>
    public string DataSource { get; set; } = "";

    /// <summary>Gets or sets how many writes may wait for the disk; further callers wait for their turn.</summary>
    /// <value>16,384.</value>
    public int MaxPendingWrites { get; set; } = 16_384;

    /// <summary>Gets or sets how many bytes of content may wait for the disk; further callers wait for their turn. A larger record waits alone.</summary>
    /// <value>64 MiB.</value>
    public int MaxPendingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets how many writes share a transaction at most.</summary>
    /// <value>1,024.</value>
    public int MaxGroupSize { get; set; } = 1024;

    /// <summary>Gets or sets how many bytes of content share a transaction at most. A larger record has one of its own.</summary>
    /// <value>4 MiB.</value>
    public int MaxGroupBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Gets or sets how many threads read records.</summary>
    /// <value>2.</value>
    public int Readers { get; set; } = 2;

    /// <summary>Gets or sets the largest record, in bytes of JSON.</summary>
    /// <value>8 MiB.</value>
    public int MaxRecordBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Gets or sets a value indicating whether members are named in records as in the source, for people and SQL.</summary>
    /// <value>True. If false, they have the numbers of their <see cref="IdAttribute"/>: a third shorter, and written the faster. What was written either way is read.</value>
    public bool NamesMembers { get; set; } = true;

    /// <summary>Gets or sets how long a transaction waits when another program, such as a database browser, holds the file.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how much log may gather before it is moved into the database file, in the background.</summary>
    /// <value>64 MiB.</value>
    public long CheckpointBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets a value indicating whether those outside wait for the disk instead of grains.</summary>
    /// <value>False: a write returns when it is on the disk. If true, a grain's write returns when it has its place in the order in which all of them come to the disk, and answers to clients and
    /// calls of observers leave the silo when everything written before is there.</value>
    public bool ExternalSynchrony { get; set; }
}
