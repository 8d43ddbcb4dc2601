using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Conformance;

public sealed class HostingTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    internal static async Task OnStartup(IServiceProvider services, CancellationToken token)
    {
        var sum = await services.GetRequiredService<IGrainFactory>().GetGrain<ICallGrain>("startup").Sum(1, 2);
        services.GetRequiredService<Journal>().Add("startup", $"{sum}");
    }

    [Fact]
    public void Startup_tasks_can_call_grains() =>
        Assert.Equal(["3"], cluster.SiloServices.GetRequiredService<Journal>().Of("startup"));

    [Fact]
    public async Task The_silos_host_has_a_client()
    {
        var client = cluster.SiloServices.GetRequiredService<IClusterClient>();

        Assert.Equal(3, await client.GetGrain<ICallGrain>("hosted").Sum(1, 2));
        Assert.Same(cluster.SiloServices.GetRequiredService<Journal>(), client.ServiceProvider.GetRequiredService<Journal>());
    }
}
