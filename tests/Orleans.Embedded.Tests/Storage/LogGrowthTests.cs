using Orleans.Storage.Sqlite;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>When the log is to be moved, however long the file has been open.</summary>
public sealed class LogGrowthTests
{
    private const int Most = 32_768;

    [Fact]
    public void The_log_is_moved_when_more_pages_have_gathered_than_may()
    {
        var growth = new LogGrowth(Most);
        growth.Add(Most);
        Assert.False(growth.IsDue);
        growth.Add(1);
        Assert.True(growth.IsDue);
        growth.StartOver();
        Assert.False(growth.IsDue);
    }

    [Fact]
    public void The_log_is_still_moved_after_more_pages_than_32_bits_can_count()
    {
        const int AtOnce = 1 << 20;
        var growth = new LogGrowth(Most);
        for (var pages = 0L; pages <= 3L * int.MaxValue; pages += AtOnce)
        {
            growth.Add(AtOnce);
            Assert.True(growth.IsDue, $"After {pages} pages the log is not moved any more.");
            growth.StartOver();
        }
    }
}
