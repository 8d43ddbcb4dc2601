using System.Collections.Concurrent;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>Loses the answers to calls: they are carried out, and reported as timed out.</summary>
/// <param name="methodName">The method whose answers are lost.</param>
/// <param name="times">How many are lost.</param>
public sealed class LostAnswers(string methodName, int times) : IIncomingGrainCallFilter
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lost;

    /// <summary>How many answers have been lost so far.</summary>
    public int Lost => Math.Min(Volatile.Read(ref _lost), times);

    /// <summary>Completes when the first answer is lost.</summary>
    public Task Reached => _reached.Task.WaitAsync(Patience.Limit);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.MethodName != methodName || Interlocked.Increment(ref _lost) > times) return;
        _reached.TrySetResult();
        throw new TimeoutException($"The answer to {methodName} is lost.");
    }
}

/// <summary>Holds the answers to calls, which have been carried out, until the test lets them go.</summary>
/// <param name="methodName">The method whose answers are held.</param>
public sealed class HeldAnswers(string methodName) : IIncomingGrainCallFilter
{
    private TaskCompletionSource? _gate;
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an answer is held.</summary>
    public Task Reached => _reached.Task.WaitAsync(Patience.Limit);

    /// <summary>Answers are held from now on.</summary>
    public void Hold()
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets them go, and those to come.</summary>
    public void Open() => Interlocked.Exchange(ref _gate, null)?.SetResult();

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.MethodName != methodName || Volatile.Read(ref _gate) is not { } gate) return;
        _reached.TrySetResult();
        await gate.Task;
    }
}

/// <summary>Takes activations out of memory while calls come in, as an engine short of memory may: one ends after every so many calls it gets.</summary>
/// <param name="every">After how many calls, by a part of the grain type's name; others are left alone.</param>
public sealed class Evictions(params (string GrainType, int Calls)[] every) : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<GrainId, int> _calls = new();
    private readonly ConcurrentDictionary<string, int> _evicted = new(StringComparer.Ordinal);

    /// <summary>How many activations were ended, by the same part of the name.</summary>
    public IReadOnlyDictionary<string, int> Evicted => _evicted;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        finally
        {
            var type = context.Grain.GetType().Name;
            foreach (var (name, calls) in every)
            {
                // Microsoft.Orleans has timers called through filters, too; Orleans.Embedded has not.
                if (context.InterfaceMethod.DeclaringType!.Namespace!.StartsWith("Orleans", StringComparison.Ordinal)) break;
                if (!type.Contains(name, StringComparison.Ordinal) || context.Grain is not IGrainBase grain) continue;
                if (_calls.AddOrUpdate(context.TargetId, 1, (_, before) => before + 1) % calls != 0) continue;
                _evicted.AddOrUpdate(name, 1, (_, before) => before + 1);
                grain.DeactivateOnIdle();
            }
        }
    }
}
