using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Reminders;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using Orleans.Storage;

namespace Orleans.Configuration
{
    /// <summary>Options of storage in memory. It has none here; the type is part of signatures.</summary>
    public class MemoryGrainStorageOptions
    {
    }
}

namespace Orleans.Hosting
{
    /// <summary>Adds storage in memory to a silo. It ends with the process.</summary>
    public static class MemoryGrainStorageSiloBuilderExtensions
    {
        /// <summary>Adds a storage in memory.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <param name="name">The storage's name.</param>
        /// <param name="configureOptions">Sets its options.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name, Action<MemoryGrainStorageOptions> configureOptions)
        {
            builder.Services.Configure(name, configureOptions);
            return builder.AddMemoryGrainStorage(name);
        }

        /// <summary>Adds a storage in memory.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <param name="name">The storage's name.</param>
        /// <param name="configureOptions">Sets its options.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder AddMemoryGrainStorage(
            this ISiloBuilder builder,
            string name,
            Action<Microsoft.Extensions.Options.OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null)
        {
            configureOptions?.Invoke(builder.Services.AddOptions<MemoryGrainStorageOptions>(name));
            builder.Services.AddKeyedSingleton<IGrainStorage>(name, static (services, key) =>
                new MemoryGrainStorage(services.GetRequiredService<MemoryStores>().Get((string)key!), services.GetRequiredService<IGrainStateSerializer>()));
            return builder;
        }

        /// <summary>Adds a storage in memory as the one that is used when none is named.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <param name="configureOptions">Sets its options.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder AddMemoryGrainStorageAsDefault(this ISiloBuilder builder, Action<MemoryGrainStorageOptions> configureOptions) =>
            builder.AddMemoryGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);

        /// <summary>Adds a storage in memory as the one that is used when none is named.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <param name="configureOptions">Sets its options.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder AddMemoryGrainStorageAsDefault(
            this ISiloBuilder builder,
            Action<Microsoft.Extensions.Options.OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null) =>
            builder.AddMemoryGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);
    }

    /// <summary>Keeps a silo's reminders in memory. They end with the process.</summary>
    public static class SiloBuilderReminderMemoryExtensions
    {
        /// <summary>Keeps reminders in memory.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder UseInMemoryReminderService(this ISiloBuilder builder)
        {
            builder.Services.AddSingleton<IReminderTable>(static services => new GrainStorageReminderTable(
                new MemoryGrainStorage(services.GetRequiredService<MemoryStores>().Get("sys.reminders"), services.GetRequiredService<IGrainStateSerializer>()),
                services.GetRequiredService<IWorkScheduler>()));
            return builder;
        }
    }

    /// <summary>Keeps a silo's reminders in one of its storages. Not part of Orleans, which has reminder services of its own for every database.</summary>
    public static class GrainStorageReminderSiloBuilderExtensions
    {
        /// <summary>Keeps reminders in a storage that the silo has.</summary>
        /// <param name="builder">The silo's builder.</param>
        /// <param name="storageName">The storage's name.</param>
        /// <returns>The silo's builder.</returns>
        public static ISiloBuilder UseGrainStorageReminderService(this ISiloBuilder builder, string storageName = ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
        {
            builder.Services.AddSingleton<IReminderTable>(services => new GrainStorageReminderTable(
                services.GetRequiredKeyedService<IGrainStorage>(storageName),
                services.GetRequiredService<IWorkScheduler>()));
            return builder;
        }
    }
}
