using System.Collections.Immutable;

namespace ProvingMarket.Benchmarks.Micro.Simulation;

/// <summary>A grain that keeps a record, as those of the market do.</summary>
[Alias("bench.simulation.ledger")]
public interface ILedgerGrain : IGrainWithStringKey
{
    [Alias("post")]
    Task<long> Post(long amount);

    [Alias("read")]
    ValueTask<long> Read();
}

/// <summary>A grain that calls others, as a run does.</summary>
[Alias("bench.simulation.job")]
public interface IJobGrain : IGrainWithStringKey
{
    [Alias("run")]
    Task Run(int reads, int posts);
}

[GenerateSerializer, Alias("bench.simulation.entry"), Immutable]
public sealed record LedgerEntry([property: Id(0)] string Id, [property: Id(1)] long Amount, [property: Id(2)] DateTimeOffset At);

[GenerateSerializer, Alias("bench.simulation.ledger-state")]
public sealed class LedgerState
{
    [Id(0)]
    public long Balance { get; set; }

    [Id(1)]
    public ImmutableArray<LedgerEntry> Last { get; set; } = [];
}

public sealed class LedgerGrain([PersistentState("ledger", "market")] IPersistentState<LedgerState> state, TimeProvider clock) : Grain, ILedgerGrain
{
    public async Task<long> Post(long amount)
    {
        state.State.Balance += amount;
        state.State.Last = [.. state.State.Last.TakeLast(7), new LedgerEntry($"entry-{state.State.Balance}", amount, clock.GetUtcNow())];
        await state.WriteStateAsync();
        return state.State.Balance;
    }

    public ValueTask<long> Read() => ValueTask.FromResult(state.State.Balance);
}

public sealed class JobGrain : Grain, IJobGrain
{
    public async Task Run(int reads, int posts)
    {
        for (var i = 0; i < reads; i++) await GrainFactory.GetGrain<ILedgerGrain>($"ledger-{i % 8}").Read();
        for (var i = 0; i < posts; i++) await GrainFactory.GetGrain<ILedgerGrain>($"ledger-{i % 8}").Post(i);
    }
}
