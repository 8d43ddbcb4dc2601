using System.Diagnostics;
using ProvingMarket.Benchmarks.Lifecycle.Market;
using ProvingMarket.Domain;

namespace ProvingMarket.Benchmarks.Lifecycle.Growth;

/// <summary>A market on SQLite in this process, with its provers, that is filled step by step.</summary>
internal sealed class GrowingMarket : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Circuits _circuits = new();
    private readonly MarketSilo _silo;
    private readonly Scale _scale;
    private readonly List<Workers> _workers = [];
    private Requests _requests = null!;
    private int _connected;

    private GrowingMarket(MarketSilo silo, TemporaryFolder folder, Scale scale) => (_silo, _folder, _scale) = (silo, folder, scale);

    /// <summary>A market without provers.</summary>
    public static async Task<GrowingMarket> StartAsync(int slots)
    {
        var folder = new TemporaryFolder();
        var silo = await MarketSilo.StartAsync(new Dictionary<string, string?> { ["Silo:Storage"] = "sqlite", ["Silo:DataFolder"] = folder.Path });
        // One prover is invited to a request, in turn.
        var scale = new Scale { Provers = 0, Requesters = 16, Slots = slots, Field = 1 };
        var market = new GrowingMarket(silo, folder, scale);
        var program = await silo.Client.RegisterProgramAsync(market._circuits.Circuit.Definition);
        if (program.Refusal is not null) throw new InvalidOperationException($"{program.Refusal}");
        for (var i = 0; i < scale.Requesters; i++)
        {
            var deposit = await silo.Client.DepositAsync(scale.Requester(i), "funds", Credits.Whole(Money.Funds));
            if (deposit.Refusal is not null) throw new InvalidOperationException($"{deposit.Refusal}");
        }
        return market;
    }

    /// <summary>Connects provers with their workers until there are so many.</summary>
    public async Task ConnectAsync(int provers)
    {
        _workers.Add(await Workers.StartAsync(_silo, _circuits, _scale with { Provers = provers }, from: _connected));
        _connected = provers;
        _requests = new Requests(_silo.Client, _circuits.Circuit.ProgramId, _scale with { Provers = provers }, $"with-{provers}");
    }

    /// <summary>Lifecycles in a closed loop, for their latency.</summary>
    public Task<Sample> MeasureAsync() => ClosedLoop.RunAsync(GrowthScale.AtOnce, GrowthScale.Timing, _requests.LifecycleAsync, Usage.Now);

    /// <summary>So many whole lifecycles.</summary>
    public Task FinishAsync(int count) => FillAsync(count, _requests.LifecycleAsync);

    /// <summary>So many requests that stay open.</summary>
    public Task OpenAsync(int count) => FillAsync(count, _requests.OpenAsync);

    /// <summary>Managed memory in use after a full collection.</summary>
    public static long Heap()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Microseconds of processor time that this process takes in a second when nothing is asked of it.</summary>
    public static async Task<double> IdleAsync()
    {
        var (before, began) = (Usage.Now(), Stopwatch.GetTimestamp());
        await Task.Delay(GrowthScale.Idling);
        return (Usage.Now() - before).ProcessorSeconds * 1e6 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var workers in _workers) await workers.DisposeAsync();
        await _silo.DisposeAsync();
        await ((IAsyncDisposable)_folder).DisposeAsync();
        _circuits.Dispose();
    }

    private static Task FillAsync(int count, Func<int, Task> make)
    {
        var left = count;
        return Task.WhenAll(Enumerable.Range(0, Math.Min(count, GrowthScale.FillingAtOnce)).Select(loop => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await make(loop);
        })));
    }
}
