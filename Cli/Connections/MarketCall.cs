using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Client;

namespace ProvingMarket.Cli.Connections;

/// <summary>Runs what a command does with the market, from connecting to leaving.</summary>
internal static class MarketCall
{
    /// <summary>Connects, acts, and disconnects.</summary>
    /// <param name="connection">Says where the market is.</param>
    /// <param name="console">Is told why the market could not be used.</param>
    /// <param name="act">What to do; returns the exit code.</param>
    /// <param name="cancellationToken">Ends the waiting for the market.</param>
    /// <returns>The exit code: of the action, or <see cref="ExitCodes.Refused"/> when the market stays away or does not let this client in.</returns>
    public static async Task<int> RunAsync(
        MarketConnection connection, InvocationConfiguration console, Func<IProvingMarketClient, Task<int>> act, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        connection.Connect(builder);
        builder.Services.AddProvingMarketClient();
        using var host = builder.Build();
        try
        {
            if (await ConnectAsync(host, connection, cancellationToken) is { } away)
            {
                await console.Error.WriteLineAsync(away);
                return ExitCodes.Refused;
            }
            return await act(host.Services.GetRequiredService<IProvingMarketClient>());
        }
        catch (Exception exception) when (exception is MarketUnavailableException or OrleansConfigurationException)
        {
            await console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Refused;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Starts the client; tells why the market could not be reached in time, or null when it was.</summary>
    private static async Task<string?> ConnectAsync(IHost host, MarketConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
            return null;
        }
        catch (OrleansException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return $"The market at {connection.Market} could not be reached within {connection.Within?.TotalSeconds:0.###} s ({ConnectionOptions.TimeoutFlag}): {(exception.InnerException is OrleansException cause ? cause : exception).Message}";
        }
    }
}
