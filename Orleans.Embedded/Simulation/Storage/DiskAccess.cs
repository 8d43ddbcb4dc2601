using Orleans.Runtime.Calls;
using Orleans.Simulation.Faults;

namespace Orleans.Simulation.Storage;

/// <summary>The way of one life of the silo to the disk: everything takes time, and may fail.</summary>
/// <param name="host">The silo's host.</param>
/// <param name="disk">The disk.</param>
/// <param name="faults">What goes wrong.</param>
internal sealed class DiskAccess(SimulatedHost host, SimulatedDisk disk, FaultPlan faults)
{
    private static readonly Task s_never = new TaskCompletionSource().Task;

    private readonly List<DiskOperation> _underWay = [];

    /// <summary>Gets the disk.</summary>
    internal SimulatedDisk Disk => disk;

    /// <summary>Gets or sets whose references records contain. Set late, because the silo is made from storages.</summary>
    internal GrainCaller? Reader { get; set; }

    /// <summary>Begins an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>A task that ends with it.</returns>
    internal Task Begin(DiskOperation operation)
    {
        if (!host.Loop.Guard.Check("Asked to", operation) || !host.IsAlive) return s_never;

        operation.Host = host;
        operation.Fault = faults.OfStorage(operation.IsWrite, operation.HasVersion);
        operation.Place = _underWay.Count;
        _underWay.Add(operation);
        host.Loop.Schedule(operation, faults.StorageTime());
        return operation.Answered;
    }

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

    /// <summary>The silo has crashed: what was under way has taken effect, or never does.</summary>
    internal void Crash()
    {
        foreach (var operation in _underWay)
        {
            if (!operation.IsWrite || !faults.TookEffect()) continue;

            try
            {
                operation.TakeEffect();
                if (host.Loop.IsTraced) host.Loop.Trace($"  took effect: {operation}");
            }
            catch (Orleans.Storage.InconsistentStateException)
            {
                // Another has changed the record: nobody is left to learn that.
            }
        }

        _underWay.Clear();
    }
}
