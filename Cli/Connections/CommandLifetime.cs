using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Cli.Connections;

/// <summary>Leaves Ctrl-C and SIGTERM to the command, whose token they cancel. Were the host to listen to them too, chance would decide which of the two a
/// start sees first, and with it the exit code.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
