using Orleans.Storage.Sqlite;

namespace Orleans.Embedded.Tests.Outputs;

/// <summary>The threads of a data file, on the test's own and a step at a time.</summary>
internal sealed class ManualThreads : IDedicatedThreads
{
    private readonly List<(string Name, Func<bool> Step, TaskCompletionSource Ended)> _threads = [];

    /// <summary>Runs a step of the thread with a name that ends so. There must be something to do for it: it would wait.</summary>
    public void Step(string name) => Assert.True(_threads.Single(thread => thread.Name.EndsWith(name, StringComparison.Ordinal)).Step());

    /// <summary>Lets all run to their end by themselves.</summary>
    public void Release()
    {
        foreach (var (name, step, ended) in _threads)
        {
            _ = new DedicatedThreads().Start(name, step).ContinueWith(_ => ended.SetResult(), TaskScheduler.Default);
        }

        _threads.Clear();
    }

    public Task Start(string name, Func<bool> step)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _threads.Add((name, step, ended));
        return ended.Task;
    }
}
