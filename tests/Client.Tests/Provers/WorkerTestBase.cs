using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>A worker for each test, with everything around it faked, that is stopped after it: xUnit 2 knows <see cref="IAsyncLifetime"/> only.</summary>
public abstract class WorkerTestBase : IAsyncLifetime, IAsyncDisposable
{
    private protected static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);

    private protected WorkerHarness Harness { get; } = new();

    private protected TestClock Clock => Harness.Clock;

    private protected EventRecorder Events => Harness.Events;

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
