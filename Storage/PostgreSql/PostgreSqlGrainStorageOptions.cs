using ProvingMarket.Storage.PostgreSql.Schema;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>
/// Where and how a storage keeps its records. Storages of a silo with the same database and schema share it with its connections; the first
/// one's limits hold. Checked when the silo starts.
/// </summary>
public sealed class PostgreSqlGrainStorageOptions
{
    /// <summary>The most connections of a kind.</summary>
    internal const int MostConnections = 64;

    /// <summary>The longest <see cref="OutagePatience"/> and <see cref="StatementTimeout"/>.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets the Npgsql connection string. The connections are held for as long as the silo runs, so a pooler between them and
    /// the server must keep sessions (PgBouncer: <c>pool_mode = session</c>).</summary>
    /// <value>None: it must be set.</value>
    public string ConnectionString { get; set; } = "";

    /// <summary>Gets or sets the schema within the database that holds the tables. It is created, and migrated to this version, when a silo starts.
    /// All silos of a cluster use the same one.</summary>
    /// <value><c>market</c>.</value>
    public string Schema { get; set; } = "market";

    /// <summary>Gets or sets whether one silo has the schema to itself: it must, when it is not part of a cluster. Another silo is refused at start, and one that has lost the schema
    /// to another reads and writes nothing any more, and ends.</summary>
    /// <value>False.</value>
    public bool SingleSilo { get; set; }

    /// <summary>Gets or sets the service that the silo's cluster is. The first cluster to open the schema has it: a silo of another one is refused at start. Together with
    /// <see cref="ClusterId"/>; silos with <see cref="SingleSilo"/> have neither.</summary>
    /// <value>None: it is not checked whose the schema is.</value>
    public string? ServiceId { get; set; }

    /// <summary>Gets or sets the name of the silo's cluster; see <see cref="ServiceId"/>.</summary>
    /// <value>None.</value>
    public string? ClusterId { get; set; }

    /// <summary>Gets or sets how many connections write. Each has its share of the records, by a hash of the record.</summary>
    /// <value>2.</value>
    public int Writers { get; set; } = 2;

    /// <summary>Gets or sets how many connections read.</summary>
    /// <value>2.</value>
    public int Readers { get; set; } = 2;

    /// <summary>Gets or sets how many changes may wait for each writing connection, and reads for all reading ones; further callers wait for
    /// their turn.</summary>
    /// <value>8,192.</value>
    public int MaxPending { get; set; } = 8192;

    /// <summary>Gets or sets how many bytes of content may wait for each writing connection; further callers wait for their turn. A larger record waits alone.</summary>
    /// <value>64 MiB.</value>
    public int MaxPendingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets how many changes, or reads, share a round trip at most.</summary>
    /// <value>512.</value>
    public int MaxBatchSize { get; set; } = 512;

    /// <summary>Gets or sets how many bytes of content share a round trip at most. A larger record has one of its own.</summary>
    /// <value>4 MiB.</value>
    public int MaxBatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Gets or sets the largest record, in bytes of JSON.</summary>
    /// <value>8 MiB.</value>
    public int MaxRecordBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Gets or sets whether members are named in records as in the source, for people and SQL.</summary>
    /// <value>True. If false, they have the numbers of their <see cref="IdAttribute"/>: a third shorter, and written the faster. What was written either way is read.</value>
    public bool NamesMembers { get; set; } = true;

    /// <summary>Gets or sets how long changes and reads that have not been sent wait for a database that cannot be reached. Then they fail and
    /// have not happened.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan OutagePatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long a round trip may take. A batch that takes longer is cut off, and the outcome of its changes is unknown.</summary>
    /// <value>20 seconds.</value>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets the silo's cluster; null when it has none.</summary>
    internal ClusterIdentity? Cluster => ServiceId is { } service && ClusterId is { } cluster ? new ClusterIdentity(service, cluster) : null;
}
