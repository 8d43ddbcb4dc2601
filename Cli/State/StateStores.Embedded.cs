using Orleans.Storage;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.State;

internal static partial class StateStores
{
    /// <summary>The silo's database within its data folder.</summary>
    private const string DatabaseFile = "market.db";

    private static IRecordSource OpenFileSource(string folder)
    {
        var file = Path.Combine(folder, DatabaseFile);
        return File.Exists(file)
            ? SqliteArchive.OpenSource(file)
            : throw new UnusableStoreException($"{folder} is neither a silo's data folder (there is no {DatabaseFile} in it) nor a connection string (Host=…).");
    }

    private static IRecordTarget OpenFileTarget(string folder) => File.Exists(folder)
        ? throw new UnusableStoreException($"{folder} is a file; name a folder, or a connection string (Host=…).")
        : SqliteArchive.OpenTarget(Path.Combine(folder, DatabaseFile));
}
