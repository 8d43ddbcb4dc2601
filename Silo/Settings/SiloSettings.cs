using ProvingMarket.Grains.Interfaces;

namespace ProvingMarket.Silo.Settings;

/// <summary>Settings of a silo, section <c>Silo</c>. Validated at start.</summary>
public sealed class SiloSettings
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>Where market state is kept, one of the storages of this build's engine. <value>Default: <c>sqlite</c> in <see cref="DataFolder"/> on
    /// Orleans.Embedded; on Microsoft Orleans <c>postgresql</c> in a cluster, else <c>memory</c>, which is lost at exit.</value></summary>
    public string? Storage { get; set; }

    /// <summary>The folder of the market's data; made when missing. One silo at a time may use it. <value>Default <c>data</c>.</value></summary>
    public string DataFolder { get; set; } = "data";

    /// <summary>Whether members are named in records as in the source, for whoever reads them by SQL, instead of by their numbers in the contract. May be
    /// changed at any start: what was written either way is read. <value>Default false.</value></summary>
    public bool RecordNames { get; set; }

    /// <summary>The IP address clients and workers connect to. On Orleans.Embedded an address other than loopback needs
    /// <see cref="GatewaySecret"/>; Microsoft Orleans has no such secret, its network must be closed. <value>Default 127.0.0.1.</value></summary>
    public string GatewayAddress { get; set; } = "127.0.0.1";

    /// <summary>The port clients and workers connect to; 0 takes a free one and logs it. <value>Default 5170.</value></summary>
    public int GatewayPort { get; set; } = 5170;

    /// <summary>A secret that clients and workers must present, at least 16 characters; Orleans.Embedded only.
    /// <value>Default none.</value></summary>
    public string? GatewaySecret { get; set; }

    /// <summary>How many clients and workers may be connected, 1 to 1,000,000; further ones are refused until one leaves. Orleans.Embedded only.
    /// <value>Default 20,000.</value></summary>
    public int? GatewayMaxConnections { get; set; }

    /// <summary>How many calls of one client or worker, and to its observers, may be under way, 1 to 1,000,000; further ones are refused at once.
    /// Orleans.Embedded only. <value>Default 10,000.</value></summary>
    public int? GatewayMaxCalls { get; set; }

    /// <summary>The cluster this silo is a part of; Microsoft Orleans only.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>Storage in PostgreSQL.</summary>
    public PostgreSqlSettings PostgreSql { get; set; } = new();

    /// <summary>Storage in Azure; only in builds that contain it.</summary>
    public AzureSettings Azure { get; set; } = new();

    /// <summary>The web server: health, and what operators see.</summary>
    public WebSettings Web { get; set; } = new();

    /// <summary>Who is an operator.</summary>
    public OperatorSettings Operator { get; set; } = new();
}

/// <summary>Settings of a cluster, section <c>Silo:Cluster</c>.</summary>
public sealed class ClusterSettings
{
    /// <summary>The PostgreSQL database by which silos find each other and keep reminders. <value>Default none: one silo by itself.</value></summary>
    public string? ConnectionString { get; set; }

    /// <summary>The name of the cluster; silos and clients of one cluster have the same. <value>Default <c>proving-market</c>.</value></summary>
    public string ClusterId { get; set; } = MarketNames.Cluster;

    /// <summary>The name of the service: state and reminders belong to it, whatever the cluster. <value>Default <c>proving-market</c>.</value></summary>
    public string ServiceId { get; set; } = MarketNames.Cluster;

    /// <summary>The port other silos connect to; 0 takes a free one. <value>Default 5171.</value></summary>
    public int SiloPort { get; set; } = 5171;

    /// <summary>The IP address that other silos, clients and workers are told. <value>Default: the gateway's address.</value></summary>
    public string? AdvertisedAddress { get; set; }
}

/// <summary>Settings of storage in PostgreSQL, section <c>Silo:PostgreSql</c>.</summary>
public sealed class PostgreSqlSettings
{
    /// <summary>The database. <value>Default: that of the cluster, if there is one.</value></summary>
    public string? ConnectionString { get; set; }

    /// <summary>The schema within it that holds the market's table. <value>Default <c>market</c>.</value></summary>
    public string Schema { get; set; } = "market";
}

/// <summary>Settings of storage in Azure, section <c>Silo:Azure</c>.</summary>
public sealed class AzureSettings
{
    /// <summary>The storage account. <value>Default none.</value></summary>
    public string? ConnectionString { get; set; }
}

/// <summary>Settings of the web server, section <c>Silo:Web</c>.</summary>
public sealed class WebSettings
{
    /// <summary>The IP address listened on. An address other than loopback needs <see cref="OperatorSettings.Key"/>. <value>Default 127.0.0.1.</value></summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port listened on; 0 takes a free one and logs it. <value>Default 5180.</value></summary>
    public int Port { get; set; } = 5180;
}

/// <summary>Settings of operators, section <c>Silo:Operator</c>.</summary>
public sealed class OperatorSettings
{
    /// <summary>The key of an operator, at least 16 characters: a bearer token, or the password a browser asks for. <value>Default none: connections
    /// from this machine are an operator's.</value></summary>
    public string? Key { get; set; }
}
