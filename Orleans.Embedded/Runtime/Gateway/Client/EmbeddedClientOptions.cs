using System.Net;

namespace Orleans.Configuration;

/// <summary>How a client reaches the silo of another process.</summary>
public sealed class EmbeddedClientOptions
{
    /// <summary>Gets the silo's gateway; several if it may be at one of several addresses.</summary>
    public IList<IPEndPoint> Gateways { get; } = [];

    /// <summary>Gets or sets the secret that the gateway asks for.</summary>
    /// <value>None.</value>
    public string? Token { get; set; }

    /// <summary>Gets or sets the largest message that is accepted, in bytes. A call whose answer is larger fails.</summary>
    /// <value>8 MiB.</value>
    public int MaxFrameBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Gets or sets how many bytes the calls to this client's observers that are under way may have together, as they were sent. Not less than
    /// <see cref="MaxFrameBytes"/>.</summary>
    /// <value>64 MiB.</value>
    public int MaxCallBytesPerConnection { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets how many calls may wait while there is no connection; further ones are refused.</summary>
    /// <value>10,000.</value>
    public int MaxWaitingCalls { get; set; } = 10_000;

    /// <summary>Gets or sets how many bytes may wait for a silo that reads slowly; further calls are refused.</summary>
    /// <value>64 MiB.</value>
    public int MaxWaitingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets how long one attempt to connect may take.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the start of the host waits for the first connection before it fails.</summary>
    /// <value>1 minute.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how long to wait before the second attempt to connect. Every further wait is up to twice as long.</summary>
    /// <value>100 milliseconds.</value>
    public TimeSpan MinReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets how long to wait before an attempt to connect at most.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the stop of the host waits until the silo has received the calls that were made before. Calls that are under
    /// way then have an unknown outcome; nobody waits for their answers.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
