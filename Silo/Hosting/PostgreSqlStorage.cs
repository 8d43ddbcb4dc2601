using ProvingMarket.Silo.Settings;
using ProvingMarket.Storage.PostgreSql.Hosting;

namespace ProvingMarket.Silo.Hosting;

/// <summary>Storage in PostgreSQL, on every engine.</summary>
internal static class PostgreSqlStorage
{
    /// <summary>Its name in settings.</summary>
    public const string Name = "postgresql";

    /// <summary>Refuses what cannot be used.</summary>
    public static void Check(SiloSettings settings, SettingRefusals refusals)
    {
        if (string.IsNullOrWhiteSpace(DatabaseOf(settings))) refusals.Add("PostgreSql:ConnectionString", $"set when {nameof(settings.Storage)} is {Name}", "nothing");
    }

    /// <summary>Adds the storage.</summary>
    public static void Add(ISiloBuilder silo, string name, SiloSettings settings) => silo.AddPostgreSqlGrainStorage(name, options =>
    {
        options.ConnectionString = DatabaseOf(settings)!;
        options.Schema = settings.PostgreSql.Schema;
        options.NamesMembers = settings.RecordNames;
        options.SingleSilo = settings.Cluster.ConnectionString is null;
        if (!options.SingleSilo) (options.ServiceId, options.ClusterId) = (settings.Cluster.ServiceId, settings.Cluster.ClusterId);
    });

    /// <summary>The setting that names the database; its value has a password in it, so it is not told.</summary>
    public static string SettingOf(SiloSettings settings) => $"{SiloSettings.Section}:{(settings.PostgreSql.ConnectionString is null ? "Cluster" : "PostgreSql")}:ConnectionString";

    private static string? DatabaseOf(SiloSettings settings) => settings.PostgreSql.ConnectionString ?? settings.Cluster.ConnectionString;
}
