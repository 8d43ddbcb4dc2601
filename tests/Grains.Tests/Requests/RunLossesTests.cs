using ProvingMarket.Grains.Requests;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class RunLossesTests
{
    private static readonly DateTimeOffset Start = new(2030, 5, 6, 7, 8, 9, TimeSpan.Zero);

    [Fact]
    public void Pauses_double_up_to_a_limit_and_are_the_same_for_the_same_run()
    {
        var pauses = PausesOf("r1/0", 9);
        Assert.Equal(pauses, PausesOf("r1/0", 9));
        Assert.NotEqual(pauses, PausesOf("r2/0", 9));
        Assert.Equal(TimeSpan.Zero, pauses[0]);
        foreach (var (loss, whole) in new[] { 1, 2, 4, 8, 16, 30, 30, 30 }.Index()) Assert.InRange(pauses[loss + 1].TotalSeconds, whole * 0.75, whole * 1.25);
    }

    [Fact]
    public void However_often_it_is_found_lost_it_is_started_again_once()
    {
        var losses = LostTwice("r1/0");
        var again = losses.Lost("r1/0", Start.AddSeconds(2));
        Assert.Equal(again, losses.Lost("r1/0", Start.AddSeconds(2.5)));
        Assert.Equal(again, losses.StartAgainAt);
    }

    /// <summary>Also when nobody had to start it: a write that was reported as failed may have been durable.</summary>
    [Fact]
    public void Nothing_is_waited_for_once_it_is_there()
    {
        var losses = LostTwice("r1/0");
        losses.Lost("r1/0", Start.AddSeconds(2));
        losses.Found();
        Assert.Null(losses.StartAgainAt);
    }

    [Fact]
    public void A_run_that_has_lasted_for_a_minute_and_the_run_of_another_stage_are_started_again_at_once()
    {
        var lasting = LostTwice("r1/0");
        Assert.Equal(Start.AddSeconds(61), lasting.Lost("r1/0", Start.AddSeconds(61)));
        var another = LostTwice("r1/0");
        Assert.Equal(Start.AddSeconds(3), another.Lost("r1/1", Start.AddSeconds(3)));
    }

    private static RunLosses LostTwice(string runKey)
    {
        var losses = new RunLosses();
        for (var loss = 0; loss < 2; loss++)
        {
            losses.Started(Start.AddSeconds(loss));
            losses.Lost(runKey, Start.AddSeconds(loss));
            losses.Found();
        }
        return losses;
    }

    private static TimeSpan[] PausesOf(string runKey, int count)
    {
        var (losses, now) = (new RunLosses(), Start);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            losses.Started(now);
            losses.Found();
            var pause = losses.Lost(runKey, now) - now;
            now += pause;
            return pause;
        })];
    }
}
