using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Hosting;

/// <summary>The silo on Orleans.Embedded: one machine, SQLite, a TCP gateway.</summary>
internal static class Engine
{
    /// <summary>The engine's name, for messages.</summary>
    public const string Name = "Embedded";

    /// <summary>Which storage is used when none is named, for messages.</summary>
    public const string DefaultStorage = Sqlite;

    private const string Sqlite = "sqlite";
    private const string Memory = "memory";
    private const string DatabaseFile = "market.db";

    /// <summary>Storages this composition knows.</summary>
    public static readonly string[] Storages = [Sqlite, PostgreSqlStorage.Name, Memory];

    /// <summary>Which logs of the engine's tell a failed start.</summary>
    public static readonly string[] LogsOfStart = [];

    /// <summary>The storage of a silo.</summary>
    public static string StorageOf(SiloSettings settings) => settings.Storage ?? Sqlite;

    /// <summary>Refuses what this engine cannot run with.</summary>
    public static void Check(SiloSettings settings, SettingRefusals refusals)
    {
        if (StorageOf(settings) == Sqlite)
        {
            if (string.IsNullOrWhiteSpace(settings.DataFolder)) refusals.Add(nameof(settings.DataFolder), "a folder", settings.DataFolder);
            else if (File.Exists(settings.DataFolder)) refusals.Add(nameof(settings.DataFolder), "a folder, not a file", settings.DataFolder);
        }
        if (IPAddress.TryParse(settings.GatewayAddress, out var address) && !IPAddress.IsLoopback(address) && settings.GatewaySecret is null)
            refusals.Add(nameof(settings.GatewaySecret), $"set when {nameof(settings.GatewayAddress)} is not loopback", "nothing");
        refusals.AddShortSecret(nameof(settings.GatewaySecret), settings.GatewaySecret);
        CheckLimit(nameof(settings.GatewayMaxConnections), settings.GatewayMaxConnections);
        CheckLimit(nameof(settings.GatewayMaxCalls), settings.GatewayMaxCalls);
        if (settings.Cluster.ConnectionString is not null)
            refusals.Add("Cluster:ConnectionString", "left out on the Embedded engine, which is one machine; build with -p:GrainEngine=Orleans for a cluster", "set");
        if (settings.Cluster.AdvertisedAddress is { } advertised)
            refusals.Add("Cluster:AdvertisedAddress", "left out on the Embedded engine", advertised);
        if (settings.Azure.ConnectionString is not null)
            refusals.Add("Azure:ConnectionString", "left out on the Embedded engine", "set");

        void CheckLimit(string setting, int? value)
        {
            if (value is < 1 or > 1_000_000) refusals.Add(setting, "1 to 1000000", $"{value}");
        }
    }

    /// <summary>The setting, with its value, for which something of the engine failed at start; null when there is none.</summary>
    public static string? SettingOf(Exception error, SiloSettings settings) => error switch
    {
        SqliteGrainStorageException => $"{SiloSettings.Section}:{nameof(settings.DataFolder)} = '{settings.DataFolder}'",
        OrleansConfigurationException { InnerException: SocketException } =>
            $"{SiloSettings.Section}:{nameof(settings.GatewayAddress)} = '{settings.GatewayAddress}', {SiloSettings.Section}:{nameof(settings.GatewayPort)} = {settings.GatewayPort}",
        _ => null,
    };

    /// <summary>Composes a silo.</summary>
    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloSettings settings, Action<ISiloBuilder> configure) =>
        builder.UseOrleans(silo =>
        {
            silo.AddStorage(settings);
            silo.UseGrainStorageReminderService(StorageNames.Market);
            // Whoever follows an invitation to a run that is lost with the power is refused by it; to be told to stop for nothing would cost a bond.
            silo.AllowEarlyCall<IProverObserver>(nameof(IProverObserver.InvitedAsync));
            silo.UseEmbeddedGateway(gateway =>
            {
                gateway.Address = IPAddress.Parse(settings.GatewayAddress);
                gateway.Port = settings.GatewayPort;
                gateway.Token = settings.GatewaySecret;
                gateway.MaxConnections = settings.GatewayMaxConnections ?? gateway.MaxConnections;
                gateway.MaxCallsPerConnection = settings.GatewayMaxCalls ?? gateway.MaxCallsPerConnection;
            });
            silo.Services.AddSingleton<ISiloGateway, EmbeddedSiloGateway>();
            configure(silo);
        });

    private static void AddStorage(this ISiloBuilder silo, SiloSettings settings)
    {
        switch (StorageOf(settings))
        {
            case Sqlite:
                silo.AddSqliteGrainStorage(StorageNames.Market, options =>
                {
                    options.DataSource = Path.Combine(settings.DataFolder, DatabaseFile);
                    options.ExternalSynchrony = true;
                    options.NamesMembers = settings.RecordNames;
                });
                break;
            case PostgreSqlStorage.Name:
                PostgreSqlStorage.Add(silo, StorageNames.Market, settings);
                break;
            default:
                silo.AddMemoryGrainStorage(StorageNames.Market);
                break;
        }
    }

    private sealed class EmbeddedSiloGateway(IEmbeddedGateway gateway) : ISiloGateway
    {
        public IPEndPoint EndPoint => gateway.EndPoint ?? throw new InvalidOperationException("The silo has not been started.");
    }
}
