using Orleans.Concurrency;
using Orleans.Conformance;
using Orleans.Runtime;

namespace Orleans.Engine;

public interface ITraceGrain : IGrainWithStringKey
{
    Task<int> Play(int depth, int players);

    ValueTask<int> Touch(int value);

    [ResponseTimeout("00:00:02")]
    Task Long();

    [AlwaysInterleave]
    Task<int> Peek();
}

/// <summary>Does a bit of everything and notes it down, with the thread it ran on.</summary>
public sealed class TraceGrain(Journal journal, TimeProvider clock, [PersistentState("trace")] IPersistentState<Basket> state) : Grain, ITraceGrain, IRemindable
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private int _ticks;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Note($"activated with {state.State.Changes}");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Note($"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public async Task<int> Play(int depth, int players)
    {
        Note($"plays {depth}");
        if (depth == 3)
        {
            this.RegisterGrainTimer(Tick, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
            await this.RegisterOrUpdateReminder("reminder", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4));
        }

        state.State.Changes++;
        await state.WriteStateAsync();
        if (depth == 0) return 1;

        var number = int.Parse(Key, System.Globalization.CultureInfo.InvariantCulture);
        var others = Enumerable.Range(1, 2).Select(i => GrainFactory.GetGrain<ITraceGrain>($"{(number * i) + 100 + (depth * players)}")).ToList();
        var touched = await Task.WhenAll(others.Select(other => other.Touch(depth).AsTask()));
        var played = await Task.WhenAll(others.Select(other => other.Play(depth - 1, players)));
        await Task.Yield();
        Note($"played {depth}: {touched.Sum()} {played.Sum()}");
        return played.Sum();
    }

    public ValueTask<int> Touch(int value)
    {
        state.State.Items.Add($"{value}");
        return ValueTask.FromResult(state.State.Items.Count);
    }

    public Task Long() => Task.Delay(TimeSpan.FromSeconds(10), clock);

    public Task<int> Peek() => Task.FromResult(_ticks);

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Note($"{reminderName} at {status.CurrentTickTime:mm:ss}");
        return Task.CompletedTask;
    }

    private async Task Tick()
    {
        Note($"tick {++_ticks}");
        if (_ticks != 2 || Key != "7") return;

        try
        {
            await GrainFactory.GetGrain<ITraceGrain>("long").Long();
        }
        catch (TimeoutException)
        {
            Note("timed out");
        }
    }

    private void Note(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread) what += " ON ANOTHER THREAD";
        journal.Add("trace", $"{clock.GetUtcNow():HH:mm:ss.fff} {Key} {what}");
    }
}
