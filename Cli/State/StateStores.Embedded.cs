using Orleans.Storage;

namespace ProvingMarket.Cli.State;

internal static partial class StateStores
{
    /// <summary>The silo's database within its data folder.</summary>
    private const string DatabaseFile = "market.db";

    private static SqliteArchive OpenFileSource(string folder)
    {
        var file = Path.Combine(folder, DatabaseFile);
        return File.Exists(file)
            ? SqliteArchive.Open(file, create: false)
            : throw new UnusableStoreException($"{folder} is neither a silo's data folder (there is no {DatabaseFile} in it) nor a connection string (Host=…).");
    }

    private static SqliteArchive OpenFileTarget(string folder) => File.Exists(folder)
        ? throw new UnusableStoreException($"{folder} is a file; name a folder, or a connection string (Host=…).")
        : SqliteArchive.Open(Path.Combine(folder, DatabaseFile), create: true);
}
