namespace ProvingMarket.Cli.Demo;

/// <summary>The troubles that the demonstration makes for its requests before it sends the rescuer. Safe for use by several threads.</summary>
internal sealed class Troubles
{
    private readonly Dictionary<DemoExpectation, TaskCompletionSource> _made = new()
    {
        [DemoExpectation.RescuedFromKilledWorker] = new(TaskCreationOptions.RunContinuationsAsynchronously),
        [DemoExpectation.RescuedFromForger] = new(TaskCreationOptions.RunContinuationsAsynchronously),
    };

    /// <summary>Whether a request has had its trouble.</summary>
    public bool AreMade(DemoExpectation expectation) => _made[expectation].Task.IsCompleted;

    /// <summary>A request has its trouble.</summary>
    public void Make(DemoExpectation expectation) => _made[expectation].TrySetResult();

    /// <summary>Waits until every request has had its trouble, or has ended without: that is told by what became of it.</summary>
    /// <param name="requests">The requests, each followed to its end.</param>
    public Task AllMadeAsync(IReadOnlyDictionary<DemoExpectation, Task<DemoOutcome>> requests) =>
        Task.WhenAll(_made.Select(trouble => Task.WhenAny(trouble.Value.Task, requests[trouble.Key])));
}
