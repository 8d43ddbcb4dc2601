using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Simulation.Loop;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Simulation.Storage;

/// <summary>A storage operation that has been asked for. It takes effect, and is answered, when its time is over.</summary>
/// <param name="access">The way to the disk.</param>
internal abstract class DiskOperation(DiskAccess access) : SimulatedEvent
{
    // Its continuations may run in place: no turn runs when an operation ends, and what awaits in a turn goes there.
    private readonly TaskCompletionSource _answered = new();

    /// <summary>Gets the disk.</summary>
    protected SimulatedDisk Disk => access.Disk;

    /// <summary>Gets the way to the disk.</summary>
    protected DiskAccess Access => access;

    /// <summary>Gets a value indicating whether it changes something.</summary>
    internal abstract bool IsWrite { get; }

    /// <summary>Gets a value indicating whether it depends on the version of a record.</summary>
    internal virtual bool HasVersion => false;

    /// <summary>Gets or sets what goes wrong with it.</summary>
    internal FaultKind? Fault { get; set; }

    /// <summary>Gets or sets its place among the operations under way.</summary>
    internal int Place { get; set; }

    /// <summary>Gets the task that ends with the answer.</summary>
    internal Task Answered => _answered.Task;

    /// <summary>Changes the disk, or reads it.</summary>
    /// <exception cref="InconsistentStateException">The version is another.</exception>
    internal abstract void TakeEffect();

    /// <summary>Takes a place in the order in which changes come to the disk, and tells the grain so.</summary>
    /// <returns>The change; null when it cannot be ordered but only waited for.</returns>
    /// <exception cref="InconsistentStateException">The version is another.</exception>
    internal virtual OrderedChange? TakePlace() => null;

    /// <summary>Tells the grain what came of it, after success.</summary>
    protected virtual void Acknowledge()
    {
    }

    /// <summary>Makes that another has changed the record.</summary>
    protected virtual void Overtake()
    {
    }

    /// <inheritdoc/>
    internal sealed override void Happen()
    {
        access.Remove(this);
        if (access.AreFaultsStopped) Fault = null;
        try
        {
            // One log: what came before is on the disk before.
            if (IsWrite) access.Flush();
            if (Fault is { } fault) Fail(fault);
            TakeEffect();
            if (Fault == FaultKind.StorageFailedAfter) throw new SimulatedStorageException($"To {this} failed, after it took effect.");

            Acknowledge();
        }
        catch (Exception error)
        {
            _answered.SetException(error);
            return;
        }

        _answered.SetResult();
    }

    private void Fail(FaultKind fault)
    {
        access.Inject(fault);
        if (fault == FaultKind.StorageFailedBefore) throw new SimulatedStorageException($"To {this} failed, without effect.");
        if (fault == FaultKind.ETagConflict) Overtake();
    }
}

/// <summary>Reads a record.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
/// <param name="access">The way to the disk.</param>
/// <param name="key">Which record.</param>
/// <param name="state">Receives it.</param>
/// <param name="reader">Whose references it contains.</param>
internal sealed class RecordRead<T>(DiskAccess access, (string Storage, string State, GrainId Grain) key, IGrainState<T> state, GrainCaller reader) : DiskOperation(access)
{
    // To read the form is most of what a read costs, and finds out about the type more than about the run.
    private const int FormReadEvery = 8;

    /// <inheritdoc/>
    internal override bool IsWrite => false;

    /// <inheritdoc/>
    internal override void TakeEffect()
    {
        var record = Access.Find(key);
        state.ETag = record?.ETag;
        state.RecordExists = record is not null;
        state.State = record is null ? StateContent.New<T>()! : record.Kept.Reread<T>(reader, fromForm: record.Version % FormReadEvery == 0)!;
    }

    /// <inheritdoc/>
    public override string ToString() => $"read '{key.State}' of {key.Grain}";
}

/// <summary>Writes or deletes a record.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
/// <param name="access">The way to the disk.</param>
/// <param name="key">Which record.</param>
/// <param name="state">Has the version it was read at, receives the new one.</param>
/// <param name="content">The content; null to delete.</param>
internal sealed class RecordWrite<T>(DiskAccess access, (string Storage, string State, GrainId Grain) key, IGrainState<T> state, RecordContent? content) : DiskOperation(access)
{
    private readonly string? _expected = state.ETag;
    private SimulatedRecord? _written;

    /// <inheritdoc/>
    internal override bool IsWrite => true;

    /// <inheritdoc/>
    internal override bool HasVersion => true;

    /// <inheritdoc/>
    internal override void TakeEffect() => _written = Disk.Replace(key, _expected, content);

    /// <inheritdoc/>
    internal override OrderedChange TakePlace()
    {
        if (Access.Find(key)?.ETag is var current && current != _expected)
            throw new InconsistentStateException($"The state '{key.State}' of {key.Grain} was changed by another.", current, _expected);

        _written = content is null ? null : Disk.NextVersionOf(key, content);
        Acknowledge();
        return new OrderedChange(key, _expected, _written);
    }

    /// <inheritdoc/>
    protected override void Acknowledge()
    {
        state.ETag = _written?.ETag;
        state.RecordExists = _written is not null;
        if (_written is null) state.State = StateContent.New<T>()!;
    }

    /// <inheritdoc/>
    protected override void Overtake()
    {
        if (!Disk.Touch(key)) throw new InconsistentStateException($"The state '{key.State}' of {key.Grain} was created and deleted by another.", null, _expected);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(content is null ? "clear" : "write")} '{key.State}' of {key.Grain}";
}
