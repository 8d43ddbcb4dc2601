using Npgsql;
using ProvingMarket.Storage.PostgreSql;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.State;

/// <summary>A storage as it is named on the command line cannot be used: there is no such thing.</summary>
internal sealed class UnusableStoreException(string message) : Exception(message);

/// <summary>Opens the storages that <c>market state</c> copies from and to, by what the command line calls them.</summary>
internal static partial class StateStores
{
    /// <summary>Opens a storage to copy from. Nothing is created or changed in it.</summary>
    public static async Task<IRecordSource> OpenSourceAsync(string store, string schema, CancellationToken cancellationToken) =>
        IsConnectionString(store) ? await PostgreSqlArchive.OpenSourceAsync(OptionsOf(store, schema), cancellationToken) : OpenFileSource(store);

    /// <summary>Opens a storage to copy to.</summary>
    public static async Task<IRecordTarget> OpenTargetAsync(string store, string schema, CancellationToken cancellationToken) =>
        IsConnectionString(store) ? await PostgreSqlArchive.OpenTargetAsync(OptionsOf(store, schema), cancellationToken) : OpenFileTarget(store);

    private static PostgreSqlGrainStorageOptions OptionsOf(string connectionString, string schema)
    {
        var options = new PostgreSqlGrainStorageOptions { ConnectionString = connectionString, Schema = schema };
        return PostgreSqlGrainStorageOptionsValidator.Check(options).FirstOrDefault() is { } problem
            ? throw new UnusableStoreException(problem.Replace(nameof(options.Schema), "--schema", StringComparison.Ordinal))
            : options;
    }

    /// <summary>A folder's name could contain an equals sign, but it does not name a host.</summary>
    private static bool IsConnectionString(string store)
    {
        try
        {
            return store.Contains('=', StringComparison.Ordinal) && new NpgsqlConnectionStringBuilder(store).Host is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
