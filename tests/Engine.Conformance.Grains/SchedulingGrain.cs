using Orleans.Concurrency;

namespace Orleans.Conformance;

public interface ISchedulingGrain : IGrainWithStringKey
{
    Task<int> Enter(string barrier);

    Task<bool> StaysOnItsScheduler();

    Task Work(int steps);

    Task<(int Done, int Overlaps)> Report();

    [AlwaysInterleave]
    Task<string> Interleaving();

    [ReadOnly]
    Task<int> Read(string? barrier);

    [ReadOnly]
    Task<int> ReadThrough(ISchedulingGrain other, string barrier);

    Task<int> ReadFor(ISchedulingGrain reader);

    [ResponseTimeout("00:00:00.300")]
    Task CallYourself();

    [ResponseTimeout("00:00:00.300")]
    Task<int> Slow(string barrier);

    Task<bool> StartsOnTheGrainsScheduler();
}

public interface IReentrantGrain : ISchedulingGrain
{
    Task<string> CallYourselfThrough(string barrier);
}

public class SchedulingGrain : Grain, ISchedulingGrain
{
    private int _inside;
    private int _overlaps;
    private int _done;

    public async Task<int> Enter(string barrier)
    {
        var inside = ++_inside;
        await Barrier.Named(barrier).PassAsync();
        _inside--;
        return inside;
    }

    public async Task<bool> StaysOnItsScheduler()
    {
        var scheduler = TaskScheduler.Current;
        var stays = scheduler != TaskScheduler.Default;
        await Task.Yield();
        stays &= TaskScheduler.Current == scheduler;
        await Task.Run(() => { });
        stays &= TaskScheduler.Current == scheduler;
        await Task.WhenAll(Task.Run(() => { }), Task.Run(() => { }));
        stays &= TaskScheduler.Current == scheduler;
        await GrainFactory.GetGrain<ISchedulingGrain>("somebody else").Interleaving();
        return stays && TaskScheduler.Current == scheduler;
    }

    public async Task Work(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            if (Interlocked.Increment(ref _inside) != 1) _overlaps++;
            Thread.SpinWait(20);
            Interlocked.Decrement(ref _inside);
            await Task.Yield();
        }

        _done++;
    }

    public Task<(int Done, int Overlaps)> Report() => Task.FromResult((_done, _overlaps));

    public Task<string> Interleaving() => Task.FromResult("interleaved");

    public async Task<int> Read(string? barrier)
    {
        var inside = ++_inside;
        if (barrier is not null) await Barrier.Named(barrier).PassAsync();
        _inside--;
        return inside;
    }

    public async Task<int> ReadThrough(ISchedulingGrain other, string barrier)
    {
        await Barrier.Named(barrier).PassAsync();
        return await other.ReadFor(this.AsReference<ISchedulingGrain>());
    }

    public Task<int> ReadFor(ISchedulingGrain reader) => reader.Read(null);

    public Task CallYourself() => this.AsReference<ISchedulingGrain>().Slow("nobody comes here");

    public async Task<int> Slow(string barrier)
    {
        await Barrier.Named(barrier).PassAsync();
        return ++_done;
    }

    public async Task<bool> StartsOnTheGrainsScheduler()
    {
        var scheduler = TaskScheduler.Current;
        var startedOn = await Task.Factory.StartNew(() => TaskScheduler.Current, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current);
        var continuedOn = await Task.CompletedTask.ContinueWith(_ => TaskScheduler.Current, TaskScheduler.Current);
        return startedOn == scheduler && continuedOn == scheduler;
    }
}

[Reentrant]
public sealed class ReentrantGrain : SchedulingGrain, IReentrantGrain
{
    public async Task<string> CallYourselfThrough(string barrier)
    {
        Barrier.Named(barrier).Release();
        return await this.AsReference<IReentrantGrain>().Interleaving();
    }
}
