using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ProvingMarket.Storage.PostgreSql.Schema;

/// <summary>The names of a schema's tables, quoted, and its advisory locks.</summary>
/// <param name="schema">The schema.</param>
internal sealed class SchemaNames(string schema)
{
    /// <summary>The first number of the advisory lock under which tables are created and changed.</summary>
    internal const int MigrationLock = 0x504d6d69;

    /// <summary>The first number of the advisory lock that running silos share and that an export or import has alone.</summary>
    internal const int UseLock = 0x504d7573;

    /// <summary>The first number of the advisory lock that silos of a cluster share and that a silo by itself has alone.</summary>
    internal const int SiloLock = 0x504d7369;

    /// <summary>Gets the schema.</summary>
    internal string Schema { get; } = Quote(schema);

    /// <summary>Gets the table with the schema's version.</summary>
    internal string Version { get; } = $"{Quote(schema)}.schema_version";

    /// <summary>Gets the table with the kinds of records.</summary>
    internal string Kind { get; } = $"{Quote(schema)}.kind";

    /// <summary>Gets the table with the records.</summary>
    internal string Record { get; } = $"{Quote(schema)}.record";

    /// <summary>Gets the view that shows records with their full keys.</summary>
    internal string View { get; } = $"{Quote(schema)}.grain_record";

    /// <summary>Gets the second number of the advisory locks: it stands for the schema.</summary>
    internal int LockKey { get; } = BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(schema)));

    /// <summary>Writes a text as a literal.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The literal.</returns>
    internal static string Literal(string text) => $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
