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
    /// <param name="connect">Says where the market is.</param>
    /// <param name="console">Is told why the market could not be used.</param>
    /// <param name="act">What to do; returns the exit code.</param>
    /// <param name="cancellationToken">Ends the waiting for the market.</param>
    /// <returns>The exit code: of the action, or <see cref="ExitCodes.Refused"/> when the market stays away or does not let this client in.</returns>
    public static async Task<int> RunAsync(
        Action<IHostApplicationBuilder> connect, InvocationConfiguration console, Func<IProvingMarketClient, Task<int>> act, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        connect(builder);
        builder.Services.AddProvingMarketClient();
        using var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
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
}
