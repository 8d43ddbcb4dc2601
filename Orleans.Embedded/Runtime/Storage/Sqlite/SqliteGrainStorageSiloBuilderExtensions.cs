using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;

namespace Orleans.Hosting;

/// <summary>Adds storage in SQLite to a silo: durable before a write returns, many writes to a transaction. Not part of Orleans.</summary>
public static class SqliteGrainStorageSiloBuilderExtensions
{
    /// <summary>Adds a storage in SQLite.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="configureOptions">Sets the data file and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder builder, string name, Action<SqliteGrainStorageOptions> configureOptions) =>
        builder.AddSqliteGrainStorage(name, options => options.Configure(configureOptions));

    /// <summary>Adds a storage in SQLite.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="configureOptions">Sets the data file and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder builder, string name, Action<OptionsBuilder<SqliteGrainStorageOptions>>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);

        var services = builder.Services;
        var options = services.AddOptions<SqliteGrainStorageOptions>(name);
        configureOptions?.Invoke(options);
        options.ValidateOnStart();

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteGrainStorageOptions>, SqliteGrainStorageOptionsValidator>());
        services.TryAddSingleton<IDedicatedThreads, DedicatedThreads>();
        if (!services.Any(service => service.ServiceType == typeof(SqliteDatabases)))
        {
            services.AddSingleton<SqliteDatabases>();
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SqliteDatabases>());
        }

        services.AddSingleton(new SqliteStorageName(name));
        services.AddKeyedSingleton<IGrainStorage>(name, static (provider, key) =>
        {
            var databases = provider.GetRequiredService<SqliteDatabases>();
            var settings = provider.GetRequiredService<IOptionsMonitor<SqliteGrainStorageOptions>>().Get((string)key!);
            var codec = JsonCodec.ForRecords(settings.NamesMembers, provider.GetRequiredService<IReferenceResolver>());
            return new SqliteGrainStorage((string)key!, settings, codec, () => databases.Get((string)key!));
        });
        return builder;
    }

    /// <summary>Adds a storage in SQLite as the one that is used when none is named.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets the data file and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddSqliteGrainStorageAsDefault(this ISiloBuilder builder, Action<SqliteGrainStorageOptions> configureOptions) =>
        builder.AddSqliteGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);

    /// <summary>Adds a storage in SQLite as the one that is used when none is named.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets the data file and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddSqliteGrainStorageAsDefault(this ISiloBuilder builder, Action<OptionsBuilder<SqliteGrainStorageOptions>>? configureOptions = null) =>
        builder.AddSqliteGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);
}
