using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Calls;

namespace ProvingMarket.Client;

/// <summary>Adds the market's client to an application.</summary>
public static class ClientServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IProvingMarketClient"/>. It calls the market through the <see cref="IGrainFactory"/> of the application, which
    /// <see cref="GatewayHostExtensions"/> adds for a silo in another process.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets <see cref="MarketClientOptions"/>; they are checked when the application starts.</param>
    public static IServiceCollection AddProvingMarketClient(this IServiceCollection services, Action<MarketClientOptions>? configure = null)
    {
        services.AddClientCore();
        var options = services.AddOptions<MarketClientOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MarketClientOptions>, MarketClientOptionsValidator>());
        services.TryAddSingleton<IProvingMarketClient, ProvingMarketClient>();
        return services;
    }

    /// <summary>What client and worker share.</summary>
    internal static void AddClientCore(this IServiceCollection services)
    {
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRandomness, SystemRandomness>();
    }
}
