using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Silo.Web;

/// <summary>Ready means that the silo answers calls and is not about to stop.</summary>
internal sealed class MarketHealth(IGrainFactory grains, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return HealthCheckResult.Unhealthy("The silo is stopping.");
        try
        {
            await grains.GetGrain<IMechanismRouterGrain>(GrainKeys.Single).ListMechanismsAsync().WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            return HealthCheckResult.Unhealthy("The silo does not answer calls.", e);
        }
    }
}
