using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Tests.Storage;
using Orleans.Hosting;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>A silo with a gateway on SQLite. Prints its port, and stops when its input ends.</summary>
internal static class GatewaySiloProcess
{
    internal static async Task<int> RunAsync(string port, string dataSource)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .UseGrainClasses(typeof(RemoteGrain), typeof(LedgerGrain))
            .AddSqliteGrainStorageAsDefault(options => options.DataSource = dataSource)
            .AddSqliteGrainStorage("other", options => options.DataSource = dataSource)
            .UseEmbeddedGateway(options => options.Port = int.Parse(port, CultureInfo.InvariantCulture)));
        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine(host.Services.GetRequiredService<IEmbeddedGateway>().EndPoint!.Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        return 0;
    }
}
