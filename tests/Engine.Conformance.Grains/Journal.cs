namespace Orleans.Conformance;

/// <summary>Things that grains note down, in order, for tests to read. A service of the silo.</summary>
public sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<(string Key, string Entry)> _entries = [];
    private readonly List<(string Key, int Count, TaskCompletionSource Reached)> _waiters = [];

    public void Add(string key, string entry)
    {
        lock (_gate)
        {
            _entries.Add((key, entry));
            foreach (var waiter in _waiters.Where(waiter => waiter.Key == key && Count(key) >= waiter.Count)) waiter.Reached.TrySetResult();
        }
    }

    public IReadOnlyList<string> Of(string key)
    {
        lock (_gate) return [.. _entries.Where(entry => entry.Key == key).Select(entry => entry.Entry)];
    }

    /// <summary>Waits until there are so many entries under a key.</summary>
    public Task Reached(string key, int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Count(key) >= count) reached.SetResult();
            else _waiters.Add((key, count, reached));
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private int Count(string key) => _entries.Count(entry => entry.Key == key);
}
