using System.Net;

namespace Orleans.Configuration;

/// <summary>Where a silo accepts clients of other processes, and the limits it sets them.</summary>
public sealed class EmbeddedGatewayOptions
{
    /// <summary>The port that is used when none is named.</summary>
    public const int DefaultPort = 30000;

    /// <summary>What the largest message may have at least, in bytes, at either end.</summary>
    internal const int LeastFrameBytes = 64 * 1024;

    /// <summary>Gets or sets the address to listen on. Any but a loopback address needs a <see cref="Token"/>.</summary>
    /// <value>127.0.0.1.</value>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>Gets or sets the port to listen on; 0 for any free one, which is then logged and in <see cref="Hosting.IEmbeddedGateway"/>.</summary>
    /// <value>30000.</value>
    public int Port { get; set; } = DefaultPort;

    /// <summary>Gets or sets the secret that clients must know. It travels as it is: across networks that are not trusted use a tunnel.</summary>
    /// <value>None.</value>
    public string? Token { get; set; }

    /// <summary>Gets or sets how many clients may be connected. One that has left while calls of its went on counts until they have ended.</summary>
    /// <value>20,000.</value>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Gets or sets how many calls of a client, and to its observers, may be under way; twice as many with those it no longer waits for, also from connections it had before.</summary>
    /// <value>10,000.</value>
    public int MaxCallsPerConnection { get; set; } = 10_000;

    /// <summary>Gets or sets how many bytes the calls of a client that are under way may have together, as they were sent. Not less than
    /// <see cref="MaxFrameBytes"/>.</summary>
    /// <value>64 MiB.</value>
    public int MaxCallBytesPerConnection { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets the largest message, in bytes. To a client that accepts less, not more than that is sent.</summary>
    /// <value>8 MiB.</value>
    public int MaxFrameBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Gets or sets how many bytes may wait for a client that reads slowly, before it is disconnected.</summary>
    /// <value>64 MiB.</value>
    public int MaxWaitingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets how long a new connection may take to say who it is.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how often both sides say that they are there. Who is silent for three times as long is disconnected.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long calls that are under way may take to end when the silo stops.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets a value indicating whether clients see where in the silo an exception was thrown.</summary>
    /// <value>No.</value>
    public bool ShowStackTraces { get; set; }
}
