using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>The silo on Microsoft Orleans.</summary>
internal static class Engine
{
    /// <summary>The engine's name, for messages.</summary>
    public const string Name = "Orleans";

    private const int SiloPortOffset = 1;

    /// <summary>Storages this composition knows.</summary>
    public static readonly string[] Storages = ["memory"];

    /// <summary>Composes a silo on one machine: clients on the gateway port, the silo itself on the next one.</summary>
    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloSettings settings, Action<ISiloBuilder> configure) =>
        builder.UseOrleans(silo =>
        {
            var address = IPAddress.Parse(settings.GatewayAddress);
            silo.UseLocalhostClustering(settings.GatewayPort + SiloPortOffset, settings.GatewayPort);
            silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = address);
            silo.AddMemoryGrainStorage(StorageNames.Market);
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton<ISiloGateway>(new OrleansSiloGateway(new IPEndPoint(address, settings.GatewayPort)));
            configure(silo);
        });

    private sealed record OrleansSiloGateway(IPEndPoint EndPoint) : ISiloGateway;
}
