namespace Orleans.Conformance;

/// <summary>Things that grains note down, in order, for tests to read. A service of the silo.</summary>
public sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<(string Key, string Entry)> _entries = [];
    private readonly List<(Func<bool> Condition, TaskCompletionSource Reached)> _waiters = [];

    public void Add(string key, string entry)
    {
        lock (_gate)
        {
            _entries.Add((key, entry));
            foreach (var waiter in _waiters.Where(waiter => waiter.Condition())) waiter.Reached.TrySetResult();
        }
    }

    public IReadOnlyList<string> Of(string key)
    {
        lock (_gate) return [.. _entries.Where(entry => entry.Key == key).Select(entry => entry.Entry)];
    }

    /// <summary>Waits until there are so many entries under a key.</summary>
    public Task Reached(string key, int count) => When(() => _entries.Count(entry => entry.Key == key) >= count);

    /// <summary>Waits until there is a certain entry under a key.</summary>
    public Task Until(string key, string entry) => When(() => _entries.Contains((key, entry)));

    private Task When(Func<bool> condition)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (condition()) reached.SetResult();
            else _waiters.Add((condition, reached));
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
