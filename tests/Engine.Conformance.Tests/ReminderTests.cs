using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Conformance;

public sealed class ReminderTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(50);

    private Journal Journal => cluster.SiloServices.GetRequiredService<Journal>();

    private IReminderGrain Grain(string key) => cluster.Grains.GetGrain<IReminderGrain>(key);

    [Fact]
    public async Task A_reminder_comes_again_and_again_and_wakes_the_grain()
    {
        await Grain("wakes").Register("r", s_soon, s_soon);
        await Journal.Reached("wakes", 1);
        await Grain("wakes").End();
        await Journal.Reached("wakes", 3);
        await Grain("wakes").Unregister("r");
    }

    [Fact]
    public async Task Reminders_are_found_listed_and_removed()
    {
        var grain = Grain("list");
        await grain.Register("a", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await grain.Register("b", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        Assert.Equal("a", await grain.Find("a"));
        Assert.Null(await grain.Find("c"));
        Assert.Equal(["a", "b"], await grain.All());

        await grain.Unregister("a");
        Assert.Equal(["b"], await grain.All());
        await grain.Unregister("b");
        Assert.Empty(await grain.All());
    }

    [Fact]
    public async Task Registering_again_changes_the_schedule()
    {
        await Grain("again").Register("r", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await Grain("again").Register("r", s_soon, s_soon);
        await Journal.Reached("again", 2);
        await Grain("again").Unregister("r");

        Assert.Empty(await Grain("again").All());
    }

    [Fact]
    public async Task A_reminder_that_fails_comes_again()
    {
        await Grain("fails").Register("fails", s_soon, s_soon);
        await Journal.Reached("fails", 2);
        await Grain("fails").Unregister("fails");
    }

    [Fact]
    public async Task A_registration_that_is_cancelled_before_it_begins_leaves_nothing()
    {
        await Grain("cancelled").RegisterForNobody("r");

        Assert.Equal(["cancelled"], Journal.Of("cancelled"));
        Assert.Empty(await Grain("cancelled").All());
    }

    [Fact]
    public async Task Impossible_reminders_are_refused()
    {
        var grain = Grain("refused");
        Assert.Contains("minimum", (await Assert.ThrowsAsync<ArgumentException>(() => grain.Register("r", s_soon, TimeSpan.FromMilliseconds(1)))).Message, StringComparison.OrdinalIgnoreCase);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Register("r", TimeSpan.FromSeconds(-1), s_soon));
        await Assert.ThrowsAsync<InvalidOperationException>(cluster.Grains.GetGrain<INotRemindableGrain>("x").Register);
    }
}
