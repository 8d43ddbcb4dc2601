using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Conformance;
using Orleans.Embedded.Tests.Gateway;
using Orleans.Embedded.Tests.Storage;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Orleans.Runtime.Scheduling;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using Orleans.TestingHost;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.Records;

namespace Orleans.Engine;

/// <summary>Something fails, and telling of it fails, too: everything else goes on all the same.</summary>
public sealed class FailureReportTests
{
    [Fact]
    public async Task A_log_that_throws_does_not_stop_the_grain_whose_timer_has_failed()
    {
        var log = new FullDisk();
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault().AddMemoryGrainStorage("other").UseInMemoryReminderService();
            silo.Services.AddSingleton<Journal>().AddSingleton<ILoggerProvider>(log);
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var grain = cluster.Client.GetGrain<ITimerGrain>("full disk");

        await grain.StartFailing(TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);
        await log.Written;

        await grain.Stop().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_log_that_fails_when_it_is_asked_anything_is_no_log()
    {
        var log = new UnfailingLog(new BrokenLog());

        Assert.False(log.IsEnabled(LogLevel.Error));
        Assert.Null(log.BeginScope("scope"));
        log.LogError("Nobody hears this.");
    }

    [Fact]
    public async Task An_exception_that_cannot_be_told_is_told_by_its_type()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;

        var told = await Assert.ThrowsAsync<OrleansException>(() => client.GetGrain<IRemoteGrain>("broken").Throw("broken").WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Contains(nameof(BrokenException), told.Message, StringComparison.Ordinal);
        Assert.Equal("broken", await client.GetGrain<IRemoteGrain>("broken").Name());
    }

    [Fact]
    public async Task A_log_that_throws_does_not_keep_a_client_from_connecting_again()
    {
        await using var cluster = new GatewayCluster { AlsoLogsTo = new FullDisk() };
        await cluster.StartSiloAsync();
        var client = await cluster.ConnectAsync();

        cluster.KillSilo();
        await cluster.ClientLog.WaitForAsync("has ended");
        await cluster.StartSiloAsync();

        Assert.Equal("again", await client.GetGrain<IRemoteGrain>("again").Name().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_log_that_throws_does_not_keep_a_gateway_from_accepting_clients()
    {
        var log = new FullDisk();
        await using var cluster = new GatewayCluster { AlsoLogsTo = log, Transport = new StumblingTransport() };
        await cluster.StartSiloAsync();
        await log.Written;

        var client = await cluster.ConnectAsync(options => options.UseEmbeddedGateway(gateway => gateway.StartTimeout = TimeSpan.FromSeconds(20)));

        Assert.Equal("accepted", await client.GetGrain<IRemoteGrain>("accepted").Name());
    }

    [Fact]
    public async Task A_log_that_throws_does_not_stop_the_writing_of_records()
    {
        await using var file = new SqliteFixture();
        var threads = new Steps();
        await using var database = SqliteDatabase.Open(file.Options, threads, new FullDisk());
        using (var beside = file.Connect())
            SqliteSchema.Execute(beside, "CREATE TRIGGER poison BEFORE INSERT ON record WHEN NEW.grain_key = 'poison' BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END");
        var storage = new SqliteGrainStorage("market", file.Options, new JsonCodec(SerializedForm.Storage), () => database);
        var (good, bad) = (storage.WriteAsync("good", 1), storage.WriteAsync("poison", 2));

        Assert.True(threads.Writer!());

        await good.WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<SqliteGrainStorageException>(() => bad);
    }

    /// <summary>Does not accept the first connection.</summary>
    private sealed class StumblingTransport : ITransport
    {
        private readonly InMemoryTransport _transport = new(new ThreadPoolWorkScheduler());

        public ITransportListener Listen(IPEndPoint endPoint) => new Listener(_transport.Listen(endPoint));

        public ValueTask<ITransportConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => _transport.ConnectAsync(endPoint, cancellationToken);

        private sealed class Listener(ITransportListener listener) : ITransportListener
        {
            private bool _hasStumbled;

            public IPEndPoint EndPoint => listener.EndPoint;

            public ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken)
            {
                if (_hasStumbled) return listener.AcceptAsync(cancellationToken);

                _hasStumbled = true;
                throw new IOException("Too many open files");
            }

            public void Dispose() => listener.Dispose();
        }
    }

    /// <summary>Starts no thread: the test takes the writer's steps.</summary>
    private sealed class Steps : IDedicatedThreads
    {
        public Func<bool>? Writer { get; private set; }

        public Task Start(string name, Func<bool> step)
        {
            if (name.EndsWith("writer", StringComparison.Ordinal)) Writer = step;
            return Task.CompletedTask;
        }
    }

    private sealed class BrokenLog : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new IOException("No space left on device");

        public bool IsEnabled(LogLevel logLevel) => throw new IOException("No space left on device");

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("No space left on device");
    }
}
