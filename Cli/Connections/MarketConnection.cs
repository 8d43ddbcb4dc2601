using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Cli.Connections;

/// <summary>Where a market is, and how long a command waits for it.</summary>
/// <param name="Market">Its gateways or its cluster, as people name them; no secret is in it.</param>
/// <param name="Within">How long the first connection may take; null for as long as the market stays away.</param>
/// <param name="Connect">Adds a client of it to a host.</param>
internal sealed record MarketConnection(string Market, TimeSpan? Within, Action<IHostApplicationBuilder> Connect);
