using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Gateway;

namespace Orleans.Hosting;

/// <summary>Lets clients of other processes connect to a silo. Not part of Orleans.</summary>
public static class EmbeddedGatewaySiloBuilderExtensions
{
    /// <summary>Lets clients of other processes connect.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Says where, and sets the limits.</param>
    /// <returns>The silo's builder.</returns>
    public static ISiloBuilder UseEmbeddedGateway(this ISiloBuilder builder, Action<EmbeddedGatewayOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        var services = builder.Services;
        if (configureOptions is not null) services.Configure(configureOptions);
        if (services.Any(service => service.ServiceType == typeof(EmbeddedGateway))) return builder;

        services.AddOptions<EmbeddedGatewayOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbeddedGatewayOptions>, EmbeddedGatewayOptionsValidator>();
        services.TryAddSingleton<ITransport, TcpTransport>();
        services.AddSingleton<EmbeddedGateway>();
        services.AddSingleton<IEmbeddedGateway>(static provider => provider.GetRequiredService<EmbeddedGateway>());
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<EmbeddedGateway>());
        return builder;
    }
}
