using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Tests.Processes;
using Orleans.Embedded.Tests.Storage;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>A silo in a process of its own, which is killed as kill -9 does.</summary>
public sealed class GatewayProcessTests
{
    [Fact]
    public async Task A_client_goes_on_after_the_silo_process_was_killed_and_started_again()
    {
        await using var file = new SqliteFixture();
        using var silo = ChildProcess.Start("gateway-silo", "0", file.Options.DataSource);
        var port = await PortOfAsync(silo);
        using var host = Client(port);
        await host.StartAsync();
        var grain = host.Services.GetRequiredService<IClusterClient>().GetGrain<IRemoteGrain>("a");
        Assert.Equal("a", await grain.Name());
        await Assert.ThrowsAsync<RemoteRefusalException>(() => grain.Throw("own"));
        var underWay = grain.Block("in the other process");
        Assert.Equal("a", await grain.Name());

        await silo.KillAsync();
        Assert.Contains("outcome is unknown", (await Assert.ThrowsAsync<SiloUnavailableException>(() => underWay)).Message, StringComparison.Ordinal);
        var waiting = grain.Name();
        using var next = ChildProcess.Start("gateway-silo", port, file.Options.DataSource);
        Assert.Equal(port, await PortOfAsync(next));

        Assert.Equal("a", await waiting);
        await host.StopAsync();
    }

    [Fact]
    public async Task What_remote_callers_were_told_is_there_after_the_silo_process_was_killed()
    {
        const int Grains = 16;
        await using var file = new SqliteFixture();
        using var silo = ChildProcess.Start("gateway-silo", "0", file.Options.DataSource);
        var port = await PortOfAsync(silo);
        using var host = Client(port);
        await host.StartAsync();
        var client = host.Services.GetRequiredService<IClusterClient>();
        var told = new ConcurrentDictionary<int, long>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callers = Enumerable.Range(0, Grains).Select(i => Task.Run(async () =>
        {
            while (true)
            {
                told[i] = await client.GetGrain<ILedgerGrain>($"{i}").Add(1);
                if (told.Count == Grains && told.Values.Sum() > 2000) enough.TrySetResult();
            }
        })).ToList();
        await enough.Task.WaitAsync(TimeSpan.FromMinutes(1));

        await silo.KillAsync();
        foreach (var caller in callers) await Assert.ThrowsAsync<SiloUnavailableException>(() => caller);
        using var next = ChildProcess.Start("gateway-silo", port, file.Options.DataSource);
        await PortOfAsync(next);

        for (var i = 0; i < Grains; i++) Assert.InRange(await client.GetGrain<ILedgerGrain>($"{i}").Add(0), told[i], told[i] + 1);
        await host.StopAsync();
    }

    private static async Task<string> PortOfAsync(ChildProcess silo) => await silo.ReadLineAsync() ?? throw new InvalidOperationException("The silo ended by itself.");

    private static IHost Client(string port)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture))));
        return builder.Build();
    }
}
