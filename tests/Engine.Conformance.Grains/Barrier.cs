using System.Collections.Concurrent;

namespace Orleans.Conformance;

/// <summary>Points that grains stop at until a test lets them go on. Shared by name, since test and silo are one process.</summary>
public sealed class Barrier
{
    private static readonly ConcurrentDictionary<string, Barrier> s_all = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a grain has come to the point.</summary>
    public Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static Barrier Named(string name) => s_all.GetOrAdd(name, static _ => new Barrier());

    /// <summary>Called by grains.</summary>
    public Task PassAsync()
    {
        _arrived.TrySetResult();
        return _released.Task;
    }

    public void Release() => _released.TrySetResult();
}
