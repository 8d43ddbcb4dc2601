using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>The silo on Orleans.Embedded: one machine, SQLite, a TCP gateway.</summary>
internal static class Engine
{
    /// <summary>The engine's name, for messages.</summary>
    public const string Name = "Embedded";

    private const string DatabaseFile = "market.db";

    /// <summary>Storages this composition knows.</summary>
    public static readonly string[] Storages = ["sqlite", "memory"];

    /// <summary>Composes a silo.</summary>
    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloSettings settings, Action<ISiloBuilder> configure) =>
        builder.UseOrleans(silo =>
        {
            if (settings.Storage == "sqlite")
                silo.AddSqliteGrainStorage(StorageNames.Market, options => options.DataSource = Path.Combine(settings.DataFolder, DatabaseFile));
            else
                silo.AddMemoryGrainStorage(StorageNames.Market);
            silo.UseGrainStorageReminderService(StorageNames.Market);
            silo.UseEmbeddedGateway(gateway =>
            {
                gateway.Address = IPAddress.Parse(settings.GatewayAddress);
                gateway.Port = settings.GatewayPort;
                gateway.Token = settings.GatewaySecret;
            });
            silo.Services.AddSingleton<ISiloGateway, EmbeddedSiloGateway>();
            configure(silo);
        });

    private sealed class EmbeddedSiloGateway(IEmbeddedGateway gateway) : ISiloGateway
    {
        public IPEndPoint EndPoint => gateway.EndPoint ?? throw new InvalidOperationException("The silo has not been started.");
    }
}
