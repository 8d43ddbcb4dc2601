using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Serialization;
using ProvingMarket.Silo.Settings;
using ProvingMarket.Silo.Web;
using ProvingMarket.Storage.PostgreSql.Hosting;

namespace ProvingMarket.Silo.Hosting;

/// <summary>The silo on Microsoft Orleans: by itself on one machine, or a part of a cluster.</summary>
internal static class Engine
{
    /// <summary>The engine's name, for messages.</summary>
    public const string Name = "Orleans";

    /// <summary>Which storage is used when none is named, for messages.</summary>
    public const string DefaultStorage = $"{PostgreSqlStorage.Name} in a cluster, else {Memory}";

    private const string Memory = "memory";
    private const string Npgsql = "Npgsql";

    /// <summary>Storages this composition knows.</summary>
    public static readonly string[] Storages = [PostgreSqlStorage.Name, AzureStorage.Table, AzureStorage.Blob, Memory];

    /// <summary>Which logs of the engine's tell a failed start.</summary>
    public static readonly string[] LogsOfStart = ["Orleans.Runtime.Silo"];

    /// <summary>The storage of a silo.</summary>
    public static string StorageOf(SiloSettings settings) => settings.Storage ?? (settings.Cluster.ConnectionString is null ? Memory : PostgreSqlStorage.Name);

    /// <summary>Refuses what this engine cannot run with.</summary>
    public static void Check(SiloSettings settings, SettingRefusals refusals)
    {
        AzureStorage.Check(settings, refusals);
        if (settings.GatewaySecret is not null)
            refusals.Add(nameof(settings.GatewaySecret), "left out on the Orleans engine, whose network must be closed instead", "set");
        if (settings.GatewayMaxConnections is { } connections)
            refusals.Add(nameof(settings.GatewayMaxConnections), "left out on the Orleans engine, which does not limit connections", $"{connections}");
        if (settings.GatewayMaxCalls is { } calls)
            refusals.Add(nameof(settings.GatewayMaxCalls), "left out on the Orleans engine, which does not limit calls of a connection", $"{calls}");
        if (IPAddress.TryParse(settings.GatewayAddress, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) && settings.Cluster.AdvertisedAddress is null)
            refusals.Add("Cluster:AdvertisedAddress", $"set when {nameof(settings.GatewayAddress)} is any address", "nothing");
        if (settings.Cluster.ConnectionString is not null && StorageOf(settings) == Memory)
            refusals.Add(nameof(settings.Storage), "one that outlives a silo when Cluster:ConnectionString is set", Memory);
    }

    /// <summary>The setting, with its value, for which something of the engine failed at start; null when there is none.</summary>
    public static string? SettingOf(Exception error, SiloSettings settings) => error switch
    {
        NpgsqlException => $"{SiloSettings.Section}:Cluster:ConnectionString",
        AddressInUseException or SocketException =>
            $"{SiloSettings.Section}:{nameof(settings.GatewayPort)} = {settings.GatewayPort} or {SiloSettings.Section}:Cluster:SiloPort = {settings.Cluster.SiloPort}, {SiloSettings.Section}:{nameof(settings.GatewayAddress)} = '{settings.GatewayAddress}'",
        _ => null,
    };

    /// <summary>Composes a silo.</summary>
    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloSettings settings, Action<ISiloBuilder> configure) =>
        builder.UseOrleans(silo =>
        {
            var cluster = settings.Cluster;
            var gateway = new IPEndPoint(IPAddress.Parse(cluster.AdvertisedAddress ?? settings.GatewayAddress), PortOrFree(settings.GatewayPort));
            var siloPort = PortOrFree(cluster.SiloPort);
            if (cluster.ConnectionString is { } database)
            {
                silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Npgsql, database));
                silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Npgsql, database));
            }
            else
            {
                silo.UseLocalhostClustering(siloPort, gateway.Port);
                silo.UseInMemoryReminderService();
            }
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
            silo.Configure<EndpointOptions>(endpoints =>
            {
                var address = IPAddress.Parse(settings.GatewayAddress);
                endpoints.AdvertisedIPAddress = gateway.Address;
                (endpoints.SiloPort, endpoints.GatewayPort) = (siloPort, gateway.Port);
                (endpoints.SiloListeningEndpoint, endpoints.GatewayListeningEndpoint) = (new IPEndPoint(address, siloPort), new IPEndPoint(address, gateway.Port));
            });
            silo.AddStorage(settings);
            OperatorPages.AddTo(silo);
            silo.Services.AddSingleton<ISiloGateway>(new OrleansSiloGateway(gateway));
            configure(silo);
        });

    private static void AddStorage(this ISiloBuilder silo, SiloSettings settings)
    {
        SiloReferences.Add(silo.Services);
        silo.Services.AddSingleton<IGrainStorageSerializer>(provider => new RecordSerializer(provider.GetRequiredService<IReferenceResolver>(), settings.RecordNames));
        switch (StorageOf(settings))
        {
            case PostgreSqlStorage.Name:
                PostgreSqlStorage.Add(silo, StorageNames.Market, settings);
                break;
            case Memory:
                silo.AddMemoryGrainStorage(StorageNames.Market);
                break;
            default:
                AzureStorage.Add(silo, StorageNames.Market, settings);
                break;
        }
    }

    private static int PortOrFree(int port)
    {
        if (port != 0) return port;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record OrleansSiloGateway(IPEndPoint EndPoint) : ISiloGateway;
}
