using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

public sealed class QueueRoomTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private readonly QueueRoom _room = new(maxCount: 3, maxBytes: 100);

    [Theory]
    [InlineData(1, 3)]
    [InlineData(40, 2)]
    [InlineData(100, 1)]
    [InlineData(1000, 1)]
    public async Task There_is_room_by_number_and_by_bytes_and_always_for_one(int bytes, int fit)
    {
        for (var i = 0; i < fit; i++) Assert.True(Enter(bytes).IsCompletedSuccessfully);
        var next = Enter(bytes);
        Assert.False(next.IsCompleted);
        _room.Leave(1, bytes);
        await next.WaitAsync(s_limit);
    }

    [Fact]
    public async Task Who_waits_is_let_in_in_the_order_of_coming()
    {
        var first = Enter(60);
        var (large, small) = (Enter(80), Enter(20));
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(small.IsCompleted);

        _room.Leave(1, 60);
        await Task.WhenAll(large, small).WaitAsync(s_limit);
        Assert.False(Enter(1).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_waits_no_longer_takes_no_room_and_keeps_nobody_out()
    {
        Assert.True(Enter(60).IsCompletedSuccessfully);
        using var cancelled = new CancellationTokenSource();
        var (large, small) = (_room.EnterAsync(80, cancelled.Token).AsTask(), Enter(40));

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small.WaitAsync(s_limit);
        _room.Leave(2, 100);
        Assert.True(Enter(100).IsCompletedSuccessfully);
    }

    private Task Enter(long bytes) => _room.EnterAsync(bytes, CancellationToken.None).AsTask();
}
