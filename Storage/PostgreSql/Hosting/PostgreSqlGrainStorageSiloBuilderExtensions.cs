using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Providers;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.PostgreSql.Hosting;

/// <summary>Adds storage in PostgreSQL to a silo, on either engine: durable before a write returns, many writes to a transaction.</summary>
public static class PostgreSqlGrainStorageSiloBuilderExtensions
{
    /// <summary>Adds a storage in PostgreSQL.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="configureOptions">Sets the database and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddPostgreSqlGrainStorage(this ISiloBuilder builder, string name, Action<PostgreSqlGrainStorageOptions> configureOptions) =>
        builder.AddPostgreSqlGrainStorage(name, options => options.Configure(configureOptions));

    /// <summary>Adds a storage in PostgreSQL.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="configureOptions">Sets the database and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddPostgreSqlGrainStorage(this ISiloBuilder builder, string name, Action<OptionsBuilder<PostgreSqlGrainStorageOptions>>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);

        var services = builder.Services;
        var options = services.AddOptions<PostgreSqlGrainStorageOptions>(name);
        configureOptions?.Invoke(options);
        options.ValidateOnStart();

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlGrainStorageOptions>, PostgreSqlGrainStorageOptionsValidator>());
        SiloReferences.Add(services);
        if (!services.Any(service => service.ServiceType == typeof(PostgreSqlDatabases)))
        {
            services.AddSingleton<PostgreSqlDatabases>();
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PostgreSqlDatabases>());
        }

        services.AddSingleton(new PostgreSqlStorageName(name));
        services.AddKeyedSingleton<IGrainStorage>(name, static (provider, key) => Create(provider, (string)key!));
        if (name == ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME) services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME));
        return builder;
    }

    /// <summary>Adds a storage in PostgreSQL as the one that is used when none is named.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets the database and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddPostgreSqlGrainStorageAsDefault(this ISiloBuilder builder, Action<PostgreSqlGrainStorageOptions> configureOptions) =>
        builder.AddPostgreSqlGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);

    /// <summary>Adds a storage in PostgreSQL as the one that is used when none is named.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets the database and the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder AddPostgreSqlGrainStorageAsDefault(this ISiloBuilder builder, Action<OptionsBuilder<PostgreSqlGrainStorageOptions>>? configureOptions = null) =>
        builder.AddPostgreSqlGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);

    private static PostgreSqlGrainStorage Create(IServiceProvider provider, string name)
    {
        var databases = provider.GetRequiredService<PostgreSqlDatabases>();
        var settings = provider.GetRequiredService<IOptionsMonitor<PostgreSqlGrainStorageOptions>>().Get(name);
        var codec = JsonCodec.ForRecords(settings.NamesMembers, provider.GetRequiredService<IReferenceResolver>());
        return new PostgreSqlGrainStorage(name, settings, codec, cancellationToken => databases.GetAsync(name, cancellationToken));
    }
}
