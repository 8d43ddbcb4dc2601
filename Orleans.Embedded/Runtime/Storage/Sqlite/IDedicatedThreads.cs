namespace Orleans.Storage.Sqlite;

/// <summary>Starts the threads that wait for the disk, so that no thread of the pool has to.</summary>
internal interface IDedicatedThreads
{
    /// <summary>Starts a thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="step">What it does, again and again until this returns false.</param>
    /// <returns>A task that ends with the thread.</returns>
    Task Start(string name, Func<bool> step);
}

/// <summary>Threads of the operating system.</summary>
internal sealed class DedicatedThreads : IDedicatedThreads
{
    /// <inheritdoc/>
    public Task Start(string name, Func<bool> step)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var isMore = true;
                while (isMore) isMore = step();
                ended.SetResult();
            }
            catch (Exception error)
            {
                ended.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return ended.Task;
    }
}
