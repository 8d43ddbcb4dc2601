using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Simulation;

[Alias("sim.counter")]
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Adds to the stored count, once for each operation.</summary>
    [Alias("add")]
    Task<long> Add(string operation, int amount);

    /// <summary>Adds to the count in memory only.</summary>
    [Alias("touch")]
    Task<int> Touch();

    [Alias("get")]
    Task<long> Get();

    [Alias("clear")]
    Task Clear();

    [Alias("now")]
    Task<DateTimeOffset> Now();

    [Alias("wait")]
    Task Wait(TimeSpan time, CancellationToken cancellationToken);

    [Alias("hop")]
    Task Hop();
}

[Alias("sim.transfer")]
public interface ITransferGrain : IGrainWithStringKey
{
    /// <summary>Adds to both counters, again and again until it is known to have happened.</summary>
    [Alias("move")]
    Task Move(string from, string to, int amount);
}

[Alias("sim.ticker")]
public interface ITickerGrain : IGrainWithStringKey
{
    [Alias("start")]
    Task Start(ITickObserver observer, TimeSpan period);

    [Alias("remind")]
    Task Remind(TimeSpan due, TimeSpan period);

    [Alias("reminded")]
    Task<int> Reminded();
}

[Alias("sim.tick-observer")]
public interface ITickObserver : IGrainObserver
{
    [Alias("ticked")]
    Task Ticked(int number);
}

[GenerateSerializer, Alias("sim.counter-state")]
public sealed class CounterState
{
    [Id(0)]
    public long Count { get; set; }

    [Id(1)]
    public List<string> Operations { get; set; } = [];
}

public sealed class CounterGrain([PersistentState("counter", "sim")] IPersistentState<CounterState> state, TimeProvider clock) : Grain, ICounterGrain
{
    private int _touched;

    public async Task<long> Add(string operation, int amount)
    {
        if (state.State.Operations.Contains(operation)) return state.State.Count;

        state.State.Operations.Add(operation);
        state.State.Count += amount;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // Memory is ahead of what is durable, or behind it: the next activation reads what is.
            DeactivateOnIdle();
            throw;
        }

        return state.State.Count;
    }

    public Task<int> Touch() => Task.FromResult(++_touched);

    public Task<long> Get() => Task.FromResult(state.State.Count);

    public Task Clear() => state.ClearStateAsync();

    public Task<DateTimeOffset> Now() => Task.FromResult(clock.GetUtcNow());

    public Task Wait(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, clock, cancellationToken);

    // The mistake that grains must not make.
    public async Task Hop() => await Task.Run(static () => { });
}

[Reentrant]
public sealed class TransferGrain(TimeProvider clock) : Grain, ITransferGrain
{
    private int _next;

    public async Task Move(string from, string to, int amount)
    {
        var operation = $"{this.GetPrimaryKeyString()}-{_next++}-{amount}";
        await Repeat(() => GrainFactory.GetGrain<ICounterGrain>(from).Add(operation, -amount));
        await Repeat(() => GrainFactory.GetGrain<ICounterGrain>(to).Add(operation, amount));
    }

    private async Task Repeat(Func<Task> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception) when (attempt < 20)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 << Math.Min(attempt, 6)), clock);
            }
        }
    }
}

public sealed class TickerGrain([PersistentState("reminded", "sim")] IPersistentState<CounterState> state) : Grain, ITickerGrain, IRemindable
{
    public Task Start(ITickObserver observer, TimeSpan period)
    {
        var number = 0;
        this.RegisterGrainTimer(_ => observer.Ticked(++number), new GrainTimerCreationOptions(period, period));
        return Task.CompletedTask;
    }

    public Task Remind(TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder("tick", due, period);

    public Task<int> Reminded() => Task.FromResult((int)state.State.Count);

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        state.State.Count++;
        return state.WriteStateAsync();
    }
}
