namespace ProvingMarket.Benchmarks.Lifecycle.Growth;

/// <summary>Lets the market grow in one direction at a time, and measures what that does to a lifecycle and to memory.</summary>
internal static class GrowthRun
{
    private const int FewProvers = 100;
    private const int ManyEnough = 500;

    // Requests leave memory after two minutes; whoever looks for them comes round every minute.
    private static readonly TimeSpan UntilTheyLeave = TimeSpan.FromMinutes(4);

    /// <summary>Measures, row by row.</summary>
    public static async IAsyncEnumerable<GrowthRow> RunAsync(GrowthScale scale)
    {
        await foreach (var row in ProversAsync(scale)) yield return row;
        await foreach (var row in FinishedAsync(scale)) yield return row;
        await foreach (var row in OpenAsync(scale)) yield return row;
        yield return await IdleAsync(scale);
    }

    private static async IAsyncEnumerable<GrowthRow> ProversAsync(GrowthScale scale)
    {
        await using var market = await GrowingMarket.StartAsync(scale.Slots);
        foreach (var provers in GrowthScale.Decades(10, scale.Provers))
        {
            await market.ConnectAsync(provers);
            yield return new GrowthRow("provers", provers).With(await market.MeasureAsync());
        }
    }

    private static async IAsyncEnumerable<GrowthRow> FinishedAsync(GrowthScale scale)
    {
        await using var market = await GrowingMarket.StartAsync(scale.Slots);
        await market.ConnectAsync(FewProvers);
        // What grows with the first lifecycles only is there already.
        await market.MeasureAsync();
        var (first, finished) = (GrowingMarket.Heap(), 0);
        foreach (var count in GrowthScale.Decades(1, scale.Finished))
        {
            var (before, more) = (GrowingMarket.Heap(), count - finished);
            await market.FinishAsync(more);
            finished = count;
            yield return new GrowthRow("finished requests", count) { HeapBytesEach = Each(GrowingMarket.Heap() - before, more) }.With(await market.MeasureAsync());
        }
        if (!scale.Leaves) yield break;
        await Task.Delay(UntilTheyLeave);
        yield return new GrowthRow("finished requests, left alone for 4 minutes", finished) { HeapBytesEach = Each(GrowingMarket.Heap() - first, finished) };
    }

    private static async IAsyncEnumerable<GrowthRow> OpenAsync(GrowthScale scale)
    {
        await using var market = await GrowingMarket.StartAsync(scale.Slots);
        await market.ConnectAsync(FewProvers);
        await market.MeasureAsync();
        var (idle, open) = (await GrowingMarket.IdleAsync(), 0);
        foreach (var count in GrowthScale.Decades(1, scale.Open))
        {
            var (before, more) = (GrowingMarket.Heap(), count - open);
            await market.OpenAsync(more);
            open = count;
            var row = new GrowthRow("open requests", count) { HeapBytesEach = Each(GrowingMarket.Heap() - before, more) };
            if (count == scale.Open) row = row with { IdleMicrosecondsPerSecondEach = Math.Round((await GrowingMarket.IdleAsync() - idle) / count, 2) };
            yield return row.With(await market.MeasureAsync());
        }
    }

    private static async Task<GrowthRow> IdleAsync(GrowthScale scale)
    {
        await using var market = await GrowingMarket.StartAsync(scale.Slots);
        await market.ConnectAsync(1);
        var (before, idle) = (GrowingMarket.Heap(), await GrowingMarket.IdleAsync());
        await market.ConnectAsync(scale.Idle);
        var used = await GrowingMarket.IdleAsync() - idle;
        return new GrowthRow("idle workers", scale.Idle) { HeapBytesEach = Each(GrowingMarket.Heap() - before, scale.Idle), IdleMicrosecondsPerSecondEach = Math.Round(used / scale.Idle, 2) };
    }

    /// <summary>Null for few: the collector is not that exact.</summary>
    private static double? Each(long bytes, int count) => count < ManyEnough ? null : Math.Round((double)bytes / count);
}
