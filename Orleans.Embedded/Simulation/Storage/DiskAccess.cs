using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Outputs;
using Orleans.Simulation.Faults;
using Orleans.Simulation.Loop;
using Orleans.Storage;

namespace Orleans.Simulation.Storage;

/// <summary>The way of one life of the silo to the disk: everything takes time, and may fail.</summary>
/// <param name="host">The silo's host.</param>
/// <param name="disk">The disk.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="isExternal">Whether grains do not wait for what they write, but those outside do.</param>
internal sealed class DiskAccess(SimulatedHost host, SimulatedDisk disk, FaultPlan faults, bool isExternal)
{
    private static readonly Task s_never = new TaskCompletionSource().Task;

    private readonly List<DiskOperation> _underWay = [];
    private readonly Queue<OrderedChange> _ordered = new();
    private readonly Dictionary<(string Storage, string State, GrainId Grain), OrderedChange> _latest = [];
    private OutputGate? _outputs;
    private bool _isFlushing;

    /// <summary>Gets the disk.</summary>
    internal SimulatedDisk Disk => disk;

    /// <summary>Gets whose references records contain. Set late, because the silo is made from storages.</summary>
    internal GrainCaller? Reader { get; private set; }

    /// <summary>Learns whose disk it is.</summary>
    /// <param name="reader">Whose references records contain.</param>
    /// <param name="outputs">What those outside hear of it has to pass.</param>
    internal void Connect(GrainCaller reader, OutputGate outputs) => (Reader, _outputs) = (reader, outputs);

    /// <summary>Begins an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>A task that ends with it.</returns>
    internal Task Begin(DiskOperation operation)
    {
        if (!host.Loop.Guard.Check("Asked to", operation) || !host.IsAlive) return s_never;

        operation.Fault = faults.OfStorage(operation.IsWrite, operation.HasVersion);
        if (isExternal && operation.Fault is null)
        {
            try
            {
                if (TryOrder(operation)) return Task.CompletedTask;
            }
            catch (InconsistentStateException error)
            {
                return Task.FromException(error);
            }
        }

        operation.Host = host;
        operation.Place = _underWay.Count;
        _underWay.Add(operation);
        host.Loop.Schedule(operation, faults.StorageTime());
        return operation.Answered;
    }

    /// <summary>Finds a record as the silo's grains see it: with what has its place and is not on the disk yet.</summary>
    /// <param name="key">Which record.</param>
    /// <returns>The record, or null.</returns>
    internal SimulatedRecord? Find((string Storage, string State, GrainId Grain) key) =>
        _latest.TryGetValue(key, out var change) ? change.Record : disk.Find(key.Storage, key.State, key.Grain);

    /// <summary>Brings everything that has its place to the disk.</summary>
    internal void Flush() => Flush(_ordered.Count);

    /// <summary>Forgets an operation that ends.</summary>
    /// <param name="operation">The operation.</param>
    internal void Remove(DiskOperation operation)
    {
        var last = _underWay[^1];
        _underWay[operation.Place] = last;
        last.Place = operation.Place;
        _underWay.RemoveAt(_underWay.Count - 1);
    }

    /// <summary>Gets a value indicating whether the faults have ended.</summary>
    internal bool AreFaultsStopped => faults.IsStopped;

    /// <summary>Notes that an operation goes wrong.</summary>
    /// <param name="kind">How.</param>
    internal void Inject(FaultKind kind) => faults.Inject(kind);

    /// <summary>The silo has crashed: what was under way has taken effect, or never does; of what had its place, the beginning.</summary>
    internal void Crash()
    {
        while (_ordered.Count > 0 && faults.TookEffect()) Flush(1);
        foreach (var operation in _underWay)
        {
            // What comes after something that is lost is lost, too.
            if (!operation.IsWrite || _ordered.Count > 0 || !faults.TookEffect()) continue;

            try
            {
                operation.TakeEffect();
                if (host.Loop.IsTraced) host.Loop.Trace($"  took effect: {operation}");
            }
            catch (InconsistentStateException)
            {
                // Another has changed the record: nobody is left to learn that.
            }
        }

        _underWay.Clear();
    }

    private bool TryOrder(DiskOperation operation)
    {
        if (operation.TakePlace() is not { } change) return false;
        change.Position = _outputs!.Order();
        _ordered.Enqueue(change);
        _latest[change.Key] = change;
        if (!_isFlushing) BeginFlush();
        return true;
    }

    private void BeginFlush()
    {
        _isFlushing = true;
        host.Loop.Schedule(new FlushEvent(this, _ordered.Count) { Host = host }, faults.StorageTime());
    }

    private void Flush(int count)
    {
        var last = 0L;
        for (; count > 0 && _ordered.TryDequeue(out var change); count--)
        {
            disk.Replace(change.Key, change.Expected, change.Record);
            if (ReferenceEquals(_latest[change.Key], change)) _latest.Remove(change.Key);
            last = change.Position;
        }

        if (last > 0 && host.IsAlive) _outputs!.Durable(last);
    }

    /// <summary>A transaction ends: what had its place when it began is on the disk.</summary>
    private sealed class FlushEvent(DiskAccess access, int count) : SimulatedEvent
    {
        internal override void Happen()
        {
            // Some may have been brought there before it.
            access.Flush(Math.Min(count, access._ordered.Count));
            access._isFlushing = false;
            if (access._ordered.Count > 0) access.BeginFlush();
        }

        public override string ToString() => $"write {count} changes";
    }
}
