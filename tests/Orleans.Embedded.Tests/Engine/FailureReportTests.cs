using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Conformance;
using Orleans.Embedded.Tests.Gateway;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Engine;

/// <summary>Something fails, and telling of it fails, too: the grain goes on all the same.</summary>
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
    public async Task An_exception_that_cannot_be_told_is_told_by_its_type()
    {
        var (cluster, client) = await GatewayCluster.StartAsync();
        await using var _ = cluster;

        var told = await Assert.ThrowsAsync<OrleansException>(() => client.GetGrain<IRemoteGrain>("broken").Throw("broken").WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Contains(nameof(BrokenException), told.Message, StringComparison.Ordinal);
        Assert.Equal("broken", await client.GetGrain<IRemoteGrain>("broken").Name());
    }

    private sealed class FullDisk : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Written => _written.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (_written.TrySetResult()) throw new IOException("No space left on device");
        }

        public void Dispose()
        {
        }
    }
}
