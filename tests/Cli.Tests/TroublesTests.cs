using ProvingMarket.Cli.Demo;

namespace ProvingMarket.Cli.Tests;

public sealed class TroublesTests
{
    private readonly Troubles _troubles = new();
    private readonly TaskCompletionSource<DemoOutcome> _killed = new();
    private readonly TaskCompletionSource<DemoOutcome> _forged = new();

    [Fact]
    public async Task The_rescuer_waits_for_all_troubles()
    {
        var all = AllMade();
        _troubles.Make(DemoExpectation.RescuedFromKilledWorker);
        Assert.True(_troubles.AreMade(DemoExpectation.RescuedFromKilledWorker));
        Assert.False(all.IsCompleted);

        _troubles.Make(DemoExpectation.RescuedFromForger);

        await all.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_request_that_fails_or_ends_without_its_trouble_is_not_waited_for()
    {
        var all = AllMade();
        _killed.SetException(new InvalidOperationException("The market refused."));
        Assert.False(all.IsCompleted);

        _forged.SetCanceled();

        await all.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Task AllMade() => _troubles.AllMadeAsync(new Dictionary<DemoExpectation, Task<DemoOutcome>>
    {
        [DemoExpectation.RescuedFromKilledWorker] = _killed.Task,
        [DemoExpectation.RescuedFromForger] = _forged.Task,
    });
}
