namespace ProvingMarket.TestKit.Storage;

/// <summary>What happens to one write.</summary>
public enum StorageFault
{
    /// <summary>It has no effect, and neither has anything after it: the silo is dead.</summary>
    CrashBefore,

    /// <summary>It is durable, but nobody learns of it: the silo is dead.</summary>
    CrashAfter,

    /// <summary>It fails without effect.</summary>
    FailBefore,

    /// <summary>It is durable, but reported as failed.</summary>
    FailAfter,

    /// <summary>It fails without effect, and what is stored cannot be read again at first.</summary>
    FailWithReads,

    /// <summary>It is durable, but reported as failed, and what is stored cannot be read again at first.</summary>
    FailAfterWithReads,

    /// <summary>It takes <see cref="StorageFaults.SlowWrite"/>.</summary>
    Slow,

    /// <summary>Another activation has written the same record before.</summary>
    Conflict,
}

/// <summary>Faults to come, by the number of the write. Lives as long as the disk.</summary>
public sealed class StorageFaults
{
    /// <summary>How long a slow write takes.</summary>
    public static readonly TimeSpan SlowWrite = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, StorageFault> _plan = [];
    private readonly List<StorageGate> _gates = [];
    private TaskCompletionSource _crashed = NewSignal();
    private string? _unreadable;
    private int _writes;

    /// <summary>How many writes have been asked for so far.</summary>
    public int Writes
    {
        get
        {
            lock (_lock) return _writes;
        }
    }

    /// <summary>Completes when a crash has happened.</summary>
    public Task Crashed
    {
        get
        {
            lock (_lock) return _crashed.Task;
        }
    }

    /// <summary>Plans a fault for the write that comes after <paramref name="nth"/> - 1 others from now.</summary>
    public void Plan(int nth, StorageFault fault)
    {
        lock (_lock) _plan[_writes + nth] = fault;
    }

    /// <summary>Forgets what has been planned and has not happened. True when nothing was left.</summary>
    public bool Reset()
    {
        lock (_lock)
        {
            var empty = _plan.Count == 0;
            _plan.Clear();
            _unreadable = null;
            _crashed = NewSignal();
            return empty;
        }
    }

    /// <summary>The crash that happened is dealt with; what is planned for later stays planned.</summary>
    public void NoteRestart()
    {
        lock (_lock)
        {
            _unreadable = null;
            _crashed = NewSignal();
        }
    }

    /// <summary>Holds the next write of a record until the gate is opened.</summary>
    public StorageGate HoldWrite(string record, string grainKey) => Hold(new StorageGate(record, grainKey, ofReads: false));

    /// <summary>Holds the next read of a record until the gate is opened.</summary>
    public StorageGate HoldRead(string record, string grainKey) => Hold(new StorageGate(record, grainKey, ofReads: true));

    internal StorageFault? Next()
    {
        lock (_lock) return _plan.Remove(++_writes, out var fault) ? fault : null;
    }

    internal StorageGate? TakeGate(string record, string grainKey, bool ofReads)
    {
        lock (_lock)
        {
            var gate = _gates.Find(gate => gate.Record == record && gate.OfReads == ofReads && gate.Concerns(grainKey));
            if (gate is not null) _gates.Remove(gate);
            return gate;
        }
    }

    internal void NoteCrash()
    {
        lock (_lock) _crashed.TrySetResult();
    }

    /// <summary>The next read of a record of this name fails.</summary>
    public void MakeUnreadable(string record)
    {
        lock (_lock) _unreadable = record;
    }

    internal bool TakeUnreadable(string record)
    {
        lock (_lock)
        {
            if (_unreadable != record) return false;
            _unreadable = null;
            return true;
        }
    }

    private StorageGate Hold(StorageGate gate)
    {
        lock (_lock) _gates.Add(gate);
        return gate;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Holds one read or write until it is opened.</summary>
public sealed class StorageGate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal StorageGate(string record, string grainKey, bool ofReads) => (Record, GrainKey, OfReads) = (record, grainKey, ofReads);

    /// <summary>Completes when the read or write is there and waits.</summary>
    public Task Reached => _reached.Task.WaitAsync(Patience.Limit);

    /// <summary>Whether one is there and waits, or has.</summary>
    public bool IsReached => _reached.Task.IsCompleted;

    internal string Record { get; }

    internal string GrainKey { get; }

    internal bool OfReads { get; }

    /// <summary>Whether this is the grain's record, or a page of its journal.</summary>
    internal bool Concerns(string grainKey) => grainKey == GrainKey || grainKey.StartsWith($"{GrainKey}/", StringComparison.Ordinal);

    /// <summary>Lets it through.</summary>
    public void Open() => _open.TrySetResult();

    internal Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task;
    }
}
