using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends.Command;
using ProvingMarket.Client.Backends.Snarkjs;

namespace ProvingMarket.Client.Backends;

/// <summary>Registers proving backends; their settings are validated when the host starts.</summary>
public static class BackendServiceCollectionExtensions
{
    /// <summary>Adds <see cref="SnarkjsBackend"/> as an <see cref="IProverBackend"/>.</summary>
    /// <param name="services">The services of the worker.</param>
    /// <param name="configure">Changes its settings.</param>
    public static IServiceCollection AddSnarkjsBackend(this IServiceCollection services, Action<SnarkjsOptions>? configure = null)
    {
        services.AddOptionsWithValidateOnStart<SnarkjsOptions, SnarkjsOptionsValidator>().Configure(configure ?? (_ => { }));
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<IProverBackend, SnarkjsBackend>();
    }

    /// <summary>Adds a <see cref="CommandBackend"/> as an <see cref="IProverBackend"/>. May be repeated with other names.</summary>
    /// <param name="services">The services of the worker.</param>
    /// <param name="name">Name of the backend, and of its options.</param>
    /// <param name="configure">Says what to run.</param>
    public static IServiceCollection AddCommandBackend(this IServiceCollection services, string name, Action<CommandOptions> configure)
    {
        services.AddOptionsWithValidateOnStart<CommandOptions>(name).Configure(options => options.Name = name).Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CommandOptions>, CommandOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<IProverBackend>(provider => new CommandBackend(
            provider.GetRequiredService<IOptionsMonitor<CommandOptions>>().Get(name),
            provider.GetRequiredService<ILogger<CommandBackend>>(),
            provider.GetRequiredService<TimeProvider>()));
    }
}
