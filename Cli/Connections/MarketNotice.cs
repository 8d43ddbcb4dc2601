using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Cli.Connections;

/// <summary>Tells once that the market is waited for, and once that it is there. Added to a host before the client of the market, whose start waits.</summary>
/// <param name="market">The market, as people name it.</param>
/// <param name="error">Is told.</param>
internal sealed class MarketNotice(string market, TextWriter error) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => error.WriteLineAsync($"Waiting for the market at {market}.");

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => error.WriteLineAsync($"The market at {market} is reached.");

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
