using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.State;

internal static partial class StateStores
{
    private static IRecordSource OpenFileSource(string folder) => throw NoSqlite(folder);

    private static IRecordTarget OpenFileTarget(string folder) => throw NoSqlite(folder);

    private static UnusableStoreException NoSqlite(string folder) =>
        new($"{folder} is no connection string (Host=…). Data folders belong to Orleans.Embedded: use the command of that build for them.");
}
