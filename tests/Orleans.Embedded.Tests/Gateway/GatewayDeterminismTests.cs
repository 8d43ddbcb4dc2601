using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Embedded.Tests.Serialization;
using Orleans.Engine;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Orleans.Runtime.Scheduling;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>Silo, gateway, connection and client on one thread, with time and network of the test: what a simulation needs.</summary>
public sealed class GatewayDeterminismTests
{
    [Fact]
    public void Remote_calls_stay_on_the_thread_they_are_given_and_take_the_same_steps_every_time()
    {
        var first = Run();
        var second = Run();

        Assert.Equal(first, second);
        Assert.InRange(first, 100, 100_000);
    }

    private static int Run()
    {
        using var silo = Silo(port: 0);
        var gateway = silo.Services.GetRequiredService<EmbeddedGateway>();
        silo.Run(() => gateway.StartAsync(CancellationToken.None));
        using var clientHost = Client(silo, gateway);
        var connection = clientHost.Services.GetRequiredService<GatewayClient>();
        silo.Run(() => connection.StartAsync(CancellationToken.None));
        var client = clientHost.Services.GetRequiredService<IClusterClient>();

        var watcher = new Watcher();
        silo.Run(async () =>
        {
            var grain = client.GetGrain<IRemoteGrain>("a");
            Assert.Equal(new Box(2, 1), await grain.Turn(new Box(1, 2), 1));
            await grain.Watch(client.CreateObjectReference<IRemoteWatcher>(watcher));
            Assert.Equal(8, await grain.Ask(7));
            await grain.Note("one way");
            Assert.Equal(["one way"], (await grain.Notes()).AsEnumerable());
            await Assert.ThrowsAsync<RemoteRefusalException>(() => grain.Throw("own"));
        });
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(async i => Assert.Equal($"{i}", await client.GetGrain<IRemoteGrain>($"{i}").Name()))));

        // Idle for long: both sides say that they are there.
        silo.Advance(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10));
        Assert.Equal(1, gateway.ConnectionCount);

        // The connection breaks: what was under way is unknown, what comes after waits for the next.
        var lost = silo.Start(() => Assert.ThrowsAsync<SiloUnavailableException>(() => client.GetGrain<IRemoteGrain>("a").Block("determinism")));
        gateway.Dispose();
        silo.Settle();
        Assert.True(lost.IsCompletedSuccessfully);
        var waiting = silo.Start(() => client.GetGrain<IRemoteGrain>("a").Name());
        Assert.False(waiting.IsCompleted);
        silo.Advance(TimeSpan.FromSeconds(30));
        Assert.IsType<TimeoutException>(waiting.Exception!.InnerException);
        return silo.Scheduler.Ran;
    }

    private static ManualHost Silo(int port) => new(configure: builder =>
    {
        builder.Services.AddSingleton<ITransport>(static services => new InMemoryTransport(services.GetRequiredService<IWorkScheduler>()));
        builder.UseEmbeddedGateway(options => options.Port = port);
    });

    private static IHost Client(ManualHost silo, EmbeddedGateway gateway)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<TimeProvider>(silo.Clock);
        builder.Services.AddSingleton<IWorkScheduler>(silo.Scheduler);
        builder.Services.AddSingleton<IRandomSource, CountingRandomSource>();
        builder.Services.AddSingleton(silo.Services.GetRequiredService<ITransport>());
        builder.UseOrleansClient(client => client.UseStaticClustering(gateway.EndPoint!));
        return builder.Build();
    }

    private sealed class Watcher : IRemoteWatcher
    {
        public Task Seen(string what) => Task.CompletedTask;

        public Task<int> Ask(int number) => Task.FromResult(number + 1);

        public void Told(string what)
        {
        }

        public Task Block(string barrier) => Task.CompletedTask;
    }
}
