using Microsoft.Win32.SafeHandles;

namespace ProvingMarket.Benchmarks.Lifecycle.Log;

/// <summary>The least that durable work can cost: a file to which one thread appends whatever has gathered, flushes it to the disk once for all of it, and
/// tells those who wait.</summary>
internal sealed class GroupCommitLog : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Thread _writer;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _gathered = new(false);
    private List<(ReadOnlyMemory<byte> Record, TaskCompletionSource Durable)> _waiting = [];
    private bool _closed;

    public GroupCommitLog(string path)
    {
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        _writer = new Thread(Write) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    /// <summary>How long the file is.</summary>
    public long Length { get; private set; }

    /// <summary>Completes when the record is on the disk.</summary>
    public Task AppendAsync(ReadOnlyMemory<byte> record)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _waiting.Add((record, durable));
        _gathered.Set();
        return durable.Task;
    }

    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        _gathered.Set();
        _writer.Join();
        _file.Dispose();
        _gathered.Dispose();
    }

    private void Write()
    {
        List<(ReadOnlyMemory<byte> Record, TaskCompletionSource Durable)> batch = [];
        while (!Volatile.Read(ref _closed))
        {
            _gathered.WaitOne();
            lock (_lock) (batch, _waiting) = (_waiting, batch);
            if (batch.Count == 0) continue;
            RandomAccess.Write(_file, batch.ConvertAll(one => one.Record), Length);
            RandomAccess.FlushToDisk(_file);
            Length += batch.Sum(one => (long)one.Record.Length);
            foreach (var (_, durable) in batch) durable.SetResult();
            batch.Clear();
        }
    }
}
