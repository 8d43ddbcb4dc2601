using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Orleans.Conformance;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<int> Count();

    Task End();

    Task EndWhile(string barrier);

    Task<string> Injected();
}

public sealed class LifeGrain(Journal journal, IGrainContext context, IGrainFactory grains, TimeProvider clock) : Grain, ILifeGrain
{
    private static readonly ConcurrentDictionary<string, int> s_living = new(StringComparer.Ordinal);
    private int _count;
    private bool _isActive;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var living = s_living.AddOrUpdate(this.GetPrimaryKeyString(), 1, (_, count) => count + 1);
        await Task.Yield();
        journal.Add(this.GetPrimaryKeyString(), living == 1 ? "activated" : "activated twice at once");
        _isActive = true;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        s_living.AddOrUpdate(this.GetPrimaryKeyString(), 0, (_, count) => count - 1);
        journal.Add(this.GetPrimaryKeyString(), $"deactivated: {reason.ReasonCode}");
    }

    public Task<int> Count() => Task.FromResult(_isActive ? ++_count : -1);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task EndWhile(string barrier)
    {
        DeactivateOnIdle();
        await Barrier.Named(barrier).PassAsync();
        journal.Add(this.GetPrimaryKeyString(), "ended the call");
    }

    public Task<string> Injected() => Task.FromResult(
        $"{ReferenceEquals(context, GrainContext)} {ReferenceEquals(context.GrainInstance, this)} {grains.GetGrain<ILifeGrain>("x").GetPrimaryKeyString()} {clock.GetUtcNow().Year >= 2026} {ServiceProvider.GetRequiredService<Journal>() == journal}");
}

public interface IPlainGrain : IGrainWithStringKey
{
    Task<string> Describe();
}

/// <summary>A grain without the usual base class.</summary>
public sealed class PlainGrain(IGrainContext context) : IGrainBase, IPlainGrain
{
    private string _state = "new";

    public IGrainContext GrainContext => context;

    public Task OnActivateAsync(CancellationToken token)
    {
        _state = "active";
        return Task.CompletedTask;
    }

    public Task<string> Describe()
    {
        this.DeactivateOnIdle();
        return Task.FromResult($"{this.GetPrimaryKeyString()} {this.AsReference<IPlainGrain>().GetPrimaryKeyString()} {_state}");
    }
}

public interface IFailingActivationGrain : IGrainWithStringKey
{
    Task<int> Attempts();
}

public sealed class FailingActivationGrain : Grain, IFailingActivationGrain
{
    private static readonly ConcurrentDictionary<string, int> s_attempts = new(StringComparer.Ordinal);

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        s_attempts.AddOrUpdate(this.GetPrimaryKeyString(), 1, (_, count) => count + 1) == 1 ? throw new RefusedException("not yet") : Task.CompletedTask;

    public Task<int> Attempts() => Task.FromResult(s_attempts[this.GetPrimaryKeyString()]);
}

public interface IFailingConstructorGrain : IGrainWithStringKey
{
    Task Nothing();
}

public sealed class FailingConstructorGrain : Grain, IFailingConstructorGrain
{
    public FailingConstructorGrain() => throw new RefusedException("not constructed");

    public Task Nothing() => Task.CompletedTask;
}

public interface IWorkerGrain : IGrainWithIntegerKey
{
    Task<int> Work(string barrier);

    Task<int> Greatest();
}

[StatelessWorker(3)]
public sealed class WorkerGrain(Journal journal) : Grain, IWorkerGrain
{
    private static int s_inside;
    private static int s_greatest;
    private bool _isBusy;

    public async Task<int> Work(string barrier)
    {
        if (_isBusy) throw new InvalidOperationException("A worker was given two calls at once.");
        _isBusy = true;
        var inside = Interlocked.Increment(ref s_inside);
        if (inside > s_greatest) s_greatest = inside;
        journal.Add("workers", "entered");
        await Barrier.Named(barrier).PassAsync();
        Interlocked.Decrement(ref s_inside);
        _isBusy = false;
        return inside;
    }

    public Task<int> Greatest() => Task.FromResult(Volatile.Read(ref s_greatest));
}
