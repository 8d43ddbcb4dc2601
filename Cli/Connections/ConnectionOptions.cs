using System.CommandLine;
using System.Net;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Grains.Interfaces;

namespace ProvingMarket.Cli.Connections;

/// <summary>The flags that say where the market is, for every command that talks to one.</summary>
/// <param name="isPatient">Whether the command waits for the market however long it stays away; otherwise a flag says how long.</param>
internal sealed class ConnectionOptions(bool isPatient = false)
{
    /// <summary>The flag that says how long to wait for the market.</summary>
    public const string TimeoutFlag = "--connect-timeout";

    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private const string SecretVariable = "MARKET_GATEWAY_SECRET";
    private const string ClusterVariable = "MARKET_CLUSTER";

    private readonly Option<string> _gateway = new("--gateway") { HelpName = "HOST:PORT", Description = "The silo's gateway, HOST:PORT; several, where silos are a cluster, with commas between. Of a host with several addresses each is tried." };
    private readonly Option<string> _cluster = new("--cluster") { HelpName = "CONNECTION", Description = $"Instead of --gateway: the PostgreSQL database of a cluster (default: the environment variable {ClusterVariable}); Microsoft Orleans only." };
    private readonly Option<string> _clusterId = new("--cluster-id") { HelpName = "ID", Description = "The cluster's name; Microsoft Orleans only.", DefaultValueFactory = _ => MarketNames.Cluster };
    private readonly Option<string> _serviceId = new("--service-id") { HelpName = "ID", Description = "The service's name; Microsoft Orleans only.", DefaultValueFactory = _ => MarketNames.Cluster };
    private readonly Option<string> _secret = new("--gateway-secret") { HelpName = "SECRET", Description = $"The gateway's secret (default: the environment variable {SecretVariable}); Orleans.Embedded only." };
    private readonly Option<TimeSpan> _timeout = ValueOptions.Time(
        TimeoutFlag, "How long to wait for the market before giving up, above 0 and at most 1h (default: 15s).", "a duration such as 15s, above 0 and at most 1h", time => time > TimeSpan.Zero && time <= LongestTimeout);

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => isPatient ? [_gateway, _cluster, _clusterId, _serviceId, _secret] : [_gateway, _cluster, _clusterId, _serviceId, _secret, _timeout];

    /// <summary>How to connect, or which flag cannot be used and why.</summary>
    public (MarketConnection? Connection, string? Problem) Read(ParseResult flags)
    {
        var (gateway, cluster) = (flags.GetValue(_gateway), flags.GetValue(_cluster));
        if (gateway is not null && cluster is not null) return (null, "--gateway must be left out with --cluster, was given");
        if (gateway is null) cluster ??= Environment.GetEnvironmentVariable(ClusterVariable);
        var secret = flags.GetValue(_secret) ?? Environment.GetEnvironmentVariable(SecretVariable);
        if (secret is not null && !EngineClient.HasSecrets) return (null, "--gateway-secret must be left out in this build for Microsoft Orleans, whose network must be closed instead");
        var (clusterId, serviceId) = (flags.GetValue(_clusterId)!, flags.GetValue(_serviceId)!);
        var within = isPatient ? (TimeSpan?)null : flags.IfGiven(_timeout) ?? StandardTimeout;
        if (cluster is not null)
        {
            return EngineClient.HasClusters
                ? (new MarketConnection($"cluster {clusterId}", within, builder => EngineClient.Connect(builder, cluster, clusterId, serviceId, within)), null)
                : (null, "--cluster must be left out in this build for Orleans.Embedded, which is one machine; build with -p:GrainEngine=Orleans");
        }
        if (gateway is null) return (null, EngineClient.HasClusters ? "--gateway or --cluster must be given" : "--gateway must be given");
        var (gateways, unusable) = GatewayAddresses.Read(gateway, Dns.GetHostAddresses);
        if (gateways is null) return (null, unusable);
        return (new MarketConnection(gateway, within, builder => EngineClient.Connect(builder, gateways, secret, clusterId, serviceId, within)), null);
    }
}
