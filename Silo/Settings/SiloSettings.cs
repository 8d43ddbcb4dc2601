namespace ProvingMarket.Silo.Settings;

/// <summary>Settings of a silo, section <c>Silo</c>. Validated at start.</summary>
public sealed class SiloSettings
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>Where market state is kept: <c>sqlite</c> in <see cref="DataFolder"/>, or <c>memory</c>, which is lost at exit.
    /// <value>Default sqlite.</value></summary>
    public string Storage { get; set; } = "sqlite";

    /// <summary>The folder of the market's data; made when missing. One silo at a time may use it. <value>Default <c>data</c>.</value></summary>
    public string DataFolder { get; set; } = "data";

    /// <summary>The IP address clients and workers connect to. An address other than loopback needs <see cref="GatewaySecret"/>.
    /// <value>Default 127.0.0.1.</value></summary>
    public string GatewayAddress { get; set; } = "127.0.0.1";

    /// <summary>The port clients and workers connect to; 0 takes a free one and logs it. <value>Default 5170.</value></summary>
    public int GatewayPort { get; set; } = 5170;

    /// <summary>A secret that clients and workers must present; required on any address other than loopback, at least 16 characters.
    /// <value>Default none.</value></summary>
    public string? GatewaySecret { get; set; }
}
