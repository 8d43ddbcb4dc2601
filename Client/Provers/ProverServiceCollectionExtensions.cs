using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Calls;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Provers;

/// <summary>Adds a prover's worker to an application.</summary>
public static class ProverServiceCollectionExtensions
{
    /// <summary>Adds <see cref="ProverWorker"/> as a hosted service. The application also needs a connection to the market
    /// (<see cref="GatewayHostExtensions"/>, added before this: hosted services stop in reverse order) and an <see cref="IProverBackend"/>. It may
    /// have an <see cref="IJobPolicy"/> and any number of <see cref="IProverEvents"/>. One worker an application.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets <see cref="ProverWorkerOptions"/>; they are checked when the application starts.</param>
    public static IServiceCollection AddProverWorker(this IServiceCollection services, Action<ProverWorkerOptions> configure)
    {
        services.AddClientCore();
        services.AddMetrics();
        services.AddOptions<ProverWorkerOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProverWorkerOptions>, ProverWorkerOptionsValidator>());
        services.TryAddSingleton<IJobPolicy, CostModelPolicy>();
        services.TryAddSingleton(ProofSystems.Default);
        services.TryAddSingleton(provider => new ProverMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.TryAddSingleton(provider => new ProverWorker(
            provider.GetRequiredService<IOptions<ProverWorkerOptions>>(),
            new ProverWorker.Services(
                provider.GetRequiredService<IGrainFactory>(),
                [.. provider.GetServices<IProverBackend>()],
                provider.GetRequiredService<ProofSystems>(),
                provider.GetRequiredService<IJobPolicy>(),
                [.. provider.GetServices<IProverEvents>()],
                provider.GetRequiredService<ProverMetrics>(),
                provider.GetRequiredService<IRandomness>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ProverWorker>>())));
        services.AddHostedService(provider => provider.GetRequiredService<ProverWorker>());
        return services;
    }
}
