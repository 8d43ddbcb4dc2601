using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class WatchTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task It_returns_at_once_when_the_status_is_newer()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(market.Spec("r1"));
        Assert.NotNull(await market.Request("r1").WatchAsync(0, Long).WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task It_wakes_on_a_change()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var version = await QuietVersionAsync(market);
        var watching = AssignedAfterAsync(version);
        await market.SettleAsync();
        Assert.False(watching.IsCompleted);
        await prover.TakeAsync("r1");
        Assert.Equal(1, (await watching.WaitAsync(Patience.Limit)).Racing);

        // The clock stands still: it can only be changes that wake it.
        async Task<RequestStatus> AssignedAfterAsync(long known)
        {
            while (true)
            {
                var status = (await market.Request("r1").WatchAsync(known, Long))!;
                Assert.True(status.Version > known);
                if (status.Phase == RequestPhase.Assigned) return status;
                known = status.Version;
            }
        }
    }

    [Fact]
    public async Task It_returns_at_its_limit_with_the_status_there_is()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        var watch = market.Request("r1").WatchAsync(version, TimeSpan.FromSeconds(7));
        await market.SettleAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(6.9));
        Assert.False(watch.IsCompleted);
        await market.AdvanceAsync(TimeSpan.FromSeconds(0.1));
        Assert.Equal(version, (await watch.WaitAsync(Patience.Limit))!.Version);
    }

    [Fact]
    public async Task It_waits_for_twenty_seconds_at_most()
    {
        await using var market = await MarketAsync();
        var watch = market.Request("r1").WatchAsync(await QuietVersionAsync(market), Long);
        await market.SettleAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.NotNull(await watch.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task It_does_not_wait_when_told_not_to()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        Assert.NotNull(await market.Request("r1").WatchAsync(version, TimeSpan.Zero).WaitAsync(Patience.Limit));
        Assert.NotNull(await market.Request("r1").WatchAsync(version, -TimeSpan.FromDays(1)).WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        using var cancellation = new CancellationTokenSource();
        var watch = market.Request("r1").WatchAsync(version, Long, cancellation.Token);
        await market.SettleAsync();
        Assert.False(watch.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task An_ended_request_has_nothing_to_wait_for()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(market.Spec("r1"));
        await market.Request("r1").CancelAsync();
        var ended = await market.EndsAsync("r1");
        Assert.Equal(ended.Version, (await market.Request("r1").WatchAsync(ended.Version, Long).WaitAsync(Patience.Limit))!.Version);
    }

    [Fact]
    public async Task Who_waits_for_the_end_sleeps_through_everything_before_it()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        var end = market.Request("r1").WatchAsync(RequestStatus.NothingButTheEnd, Long);
        var news = market.Request("r1").WatchAsync(version, Long);
        await (await market.ProverAsync("p1")).TakeAsync("r1");
        Assert.True((await news.WaitAsync(Patience.Limit))!.Version > version);
        await market.SettleAsync();
        Assert.False(end.IsCompleted);
        await market.Request("r1").CancelAsync();
        Assert.Equal(RequestPhase.Cancelled, (await end.WaitAsync(Patience.Limit))!.Phase);
    }

    [Fact]
    public async Task Who_waits_for_the_end_gets_the_proof_with_it()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        var open = await market.Request("r1").WaitForEndAsync(TimeSpan.Zero);
        Assert.Equal((version, null), (open.Status!.Version, open.Proof));
        var end = market.Request("r1").WaitForEndAsync(Long);
        var prover = await market.ProverAsync("p1");
        var assignment = await prover.TakeAsync("r1");
        await market.SettleAsync();
        Assert.False(end.IsCompleted);
        await prover.DeliverAsync("r1", assignment);
        var (status, proof) = ((await end.WaitAsync(Patience.Limit)).Status, (await end).Proof);
        Assert.Equal(RequestPhase.Fulfilled, status!.Phase);
        Assert.Equal(await market.Request("r1").GetProofAsync(), proof);
        Assert.Null(proof!.Refusal);
        Assert.Null((await market.Request("nobody's").WaitForEndAsync(TimeSpan.Zero)).Status);
    }

    /// <summary>An activation that is dropped lets go of everybody: whoever waits asks the next one.</summary>
    [Fact]
    public async Task Who_waits_for_the_end_is_let_go_by_an_activation_that_is_dropped()
    {
        await using var market = await MarketAsync();
        await QuietVersionAsync(market);
        var end = market.Request("r1").WatchAsync(RequestStatus.NothingButTheEnd, Long);
        await market.SettleAsync();
        market.Faults.Plan(1, StorageFault.Conflict);
        await Assert.ThrowsAnyAsync<Exception>(() => market.Request("r1").CancelAsync());
        Assert.False((await end.WaitAsync(Patience.Limit))!.Phase.IsFinal());
    }

    [Fact]
    public async Task It_sees_a_request_being_submitted()
    {
        await using var market = await MarketAsync();
        var watch = market.Request("r1").WatchAsync(0, Long);
        await market.SettleAsync();
        Assert.False(watch.IsCompleted);
        await market.SubmitAsync(market.Spec("r1"));
        Assert.NotNull(await watch.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task Everyone_who_watches_is_woken()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        var watches = Enumerable.Range(0, 20).Select(_ => market.Request("r1").WatchAsync(version, Long)).ToArray();
        await market.SettleAsync();
        await market.Request("r1").CancelAsync();
        Assert.All(await Task.WhenAll(watches).WaitAsync(Patience.Limit), status => Assert.True(status!.Version > version));
    }

    /// <summary>Versions of an open run are counted in memory: after a restart they start again, and whoever knows a higher one must not sleep
    /// through what happens next.</summary>
    [Fact]
    public async Task Who_watched_before_a_restart_is_woken_after_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        for (var i = 0; i < 20; i++) await market.Run("r1").DeclineAsync($"other-{i}", "s", ReasonCode.ProvingFailed);
        await market.SettleAsync();
        var before = (await market.StatusAsync("r1")).Version;
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(1));
        await market.RestartAsync();
        await market.SettleAsync();

        var watch = market.Request("r1").WatchAsync(before, Long);
        await prover.TakeAsync("r1");
        await watch.WaitAsync(Patience.Limit);
    }

    /// <summary>A grain that is dropped because of a conflict waits for its calls to end; a call that waits for the grain must not delay that.</summary>
    [Fact]
    public async Task Waiting_does_not_keep_a_request_from_being_reloaded_after_a_conflict()
    {
        await using var market = await MarketAsync();
        var version = await QuietVersionAsync(market);
        var watch = market.Request("r1").WatchAsync(version, Long);
        await market.SettleAsync();
        market.Faults.Plan(1, StorageFault.Conflict);
        await Assert.ThrowsAnyAsync<Exception>(() => market.Request("r1").CancelAsync());
        await watch.WaitAsync(Patience.Limit);
        Assert.Null((await market.Request("r1").CancelAsync().WaitAsync(Patience.Limit)).Refusal);
        Assert.Equal(RequestPhase.Cancelled, (await market.EndsAsync("r1")).Phase);
    }

    /// <summary>Opens r1 and waits until nothing changes any more.</summary>
    private static async Task<long> QuietVersionAsync(MarketCluster market)
    {
        await market.OpenAsync(market.Spec("r1"));
        await market.SettleAsync();
        return (await market.StatusAsync("r1")).Version;
    }
}
