using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ProvingMarket.Client.Calls;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Calls;

public sealed class RepeatedCallsTests
{
    private readonly TestClock _clock = new();
    private readonly Script<bool, string> _call = new(_ => "answer");

    public static TheoryData<Exception> UnknownOutcomes =>
    [
        new TimeoutException(), new SiloUnavailableException(), new OrleansException("lost"), new IOException(), new SocketException(),
        new OperationCanceledException("the connection closed"),
    ];

    [Theory]
    [MemberData(nameof(UnknownOutcomes))]
    public async Task A_call_whose_outcome_is_unknown_is_made_again(Exception failure)
    {
        _call.ThenThrow(failure);
        var answer = RepeatAsync();
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal("answer", await answer.Soon());
        Assert.Equal(2, _call.Calls.Length);
    }

    [Fact]
    public async Task The_waits_between_attempts_double()
    {
        for (var i = 0; i < 4; i++) _call.ThenThrow(new TimeoutException());
        var answer = RepeatAsync();
        foreach (var milliseconds in (int[])[50, 100, 200, 400]) await _clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        await answer.Soon();
        Assert.Equal(5, _call.Calls.Length);
    }

    [Fact]
    public async Task What_a_grain_itself_throws_is_not_repeated()
    {
        _call.ThenThrow(new InvalidOperationException("a bug"));
        await Assert.ThrowsAsync<InvalidOperationException>(RepeatAsync);
        Assert.Single(_call.Calls);
    }

    [Fact]
    public async Task It_gives_up_after_the_configured_time_and_says_that_the_outcome_is_unknown()
    {
        _call.Usual = _ => throw new TimeoutException("no response");
        var answer = RepeatAsync();
        foreach (var milliseconds in (int[])[50, 100, 200, 400]) await _clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        var exception = await Assert.ThrowsAsync<MarketUnavailableException>(() => answer.Soon());
        Assert.Contains("may have been carried out", exception.Message, StringComparison.Ordinal);
        Assert.IsType<TimeoutException>(exception.InnerException);
        Assert.Equal(5, _call.Calls.Length);
    }

    [Fact]
    public async Task The_callers_token_ends_a_call_that_hangs_and_its_late_failure_is_observed()
    {
        var hanging = _call.ThenHang();
        using var cancel = new CancellationTokenSource();
        var answer = RepeatAsync(cancel.Token);
        await _call.NextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.Soon());
        hanging.SetException(new TimeoutException("late"));
        Assert.Single(_call.Calls);
    }

    [Fact]
    public async Task The_callers_token_ends_a_wait_between_attempts()
    {
        _call.Usual = _ => throw new TimeoutException();
        using var cancel = new CancellationTokenSource();
        var answer = RepeatAsync(cancel.Token);
        await _clock.TimerAsync(TimeSpan.FromMilliseconds(50));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.Soon());
    }

    private Task<string> RepeatAsync() => RepeatAsync(CancellationToken.None);

    private Task<string> RepeatAsync(CancellationToken cancellationToken)
    {
        var calls = new RepeatedCalls(new BackOffOptions(), TimeSpan.FromSeconds(1), UnknownOutcome.Is, new FakeRandomness(), _clock, NullLogger.Instance);
        return calls.RepeatAsync("test", () => _call.CallAsync(true), cancellationToken);
    }
}
