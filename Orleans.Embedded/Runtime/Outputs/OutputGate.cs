using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Outputs;

/// <summary>
/// What leaves a silo waits here until everything that was written before is on the disk. A write of a log that keeps its order need not be waited for by grains then: what they do next, and
/// whom they tell, is lost with it if it is lost, and nobody outside has heard of it. To those it looks as if every write had been waited for.
/// </summary>
/// <remarks>External synchrony: Nightingale, Veeraraghavan, Chen, Flinn, <i>Rethink the Sync</i>, OSDI 2006. The log's side is what databases call flush pipelining: Johnson, Pandis, Stoica,
/// Athanassoulis, Ailamaki, <i>Aether: A Scalable Approach to Logging</i>, VLDB 2010.</remarks>
/// <param name="scheduler">Where outputs are let go, one after another.</param>
internal sealed class OutputGate(IWorkScheduler scheduler) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Position, IHeldOutput Output)> _held = new();
    private long _ordered;
    private long _durable;
    private Exception? _stall;
    private bool _isLettingGo;

    /// <summary>Gets a value indicating whether all that was written is on the disk.</summary>
    internal bool IsDurable => Volatile.Read(ref _durable) == Volatile.Read(ref _ordered);

    /// <summary>Gets a value indicating whether outputs may leave at once.</summary>
    internal bool IsOpen => IsDurable && !Volatile.Read(ref _isLettingGo);

    /// <summary>Gives a write its place in the order. By the log only, under the lock that orders its writes.</summary>
    /// <returns>The place.</returns>
    internal long Order()
    {
        Volatile.Write(ref _ordered, _ordered + 1);
        return _ordered;
    }

    /// <summary>Says that writes are on the disk, and lets go what waited for them.</summary>
    /// <param name="position">The place of the last.</param>
    internal void Durable(long position)
    {
        lock (_gate)
        {
            Volatile.Write(ref _durable, position);
            _stall = null;
            if (!MustLetGo()) return;
        }

        scheduler.Schedule(this);
    }

    /// <summary>Says that writes cannot be brought to the disk for now. Who waits for an answer is told so, and whoever comes until something is <see cref="Durable"/> again; calls of observers wait.</summary>
    /// <param name="error">Why.</param>
    internal void Stall(Exception error)
    {
        List<IHeldOutput> refused = [];
        lock (_gate)
        {
            _stall = error;
            for (var left = _held.Count; left > 0; left--)
            {
                var item = _held.Dequeue();
                if (item.Output.IsAwaited) refused.Add(item.Output);
                else _held.Enqueue(item);
            }
        }

        foreach (var output in refused) output.Refuse(error);
    }

    /// <summary>Holds an output that is to leave now, if that has to wait for anything.</summary>
    /// <param name="output">The output; it is told at the right time.</param>
    /// <returns>False when it may leave at once.</returns>
    internal bool TryHold(IHeldOutput output)
    {
        var position = Volatile.Read(ref _ordered);
        if (IsOpen) return false;

        Exception? stall;
        bool mustLetGo;
        lock (_gate)
        {
            if (position <= _durable && _held.Count == 0 && !_isLettingGo) return false;
            stall = output.IsAwaited && position > _durable ? _stall : null;
            if (stall is null) _held.Enqueue((position, output));
            mustLetGo = MustLetGo();
        }

        if (mustLetGo) scheduler.Schedule(this);
        if (stall is not null) output.Refuse(stall);
        return true;
    }

    /// <summary>Waits until all that was written so far is on the disk.</summary>
    /// <returns>A task; it fails when that cannot be, for now.</returns>
    internal Task WhenDurableAsync()
    {
        if (IsDurable) return Task.CompletedTask;
        var waiter = new Waiter(scheduler);
        return TryHold(waiter) ? waiter.Task : Task.CompletedTask;
    }

    /// <summary>Lets go what may leave, in the order in which it came.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            IHeldOutput next;
            lock (_gate)
            {
                if (!_held.TryPeek(out var first) || first.Position > _durable)
                {
                    Volatile.Write(ref _isLettingGo, false);
                    return;
                }

                next = _held.Dequeue().Output;
            }

            next.Release();
        }
    }

    // Under the gate.
    private bool MustLetGo()
    {
        if (_isLettingGo || !_held.TryPeek(out var first) || first.Position > _durable) return false;
        Volatile.Write(ref _isLettingGo, true);
        return true;
    }

    // Who waits goes on as work of its own, and keeps nobody behind it waiting.
    private sealed class Waiter(IWorkScheduler scheduler) : TaskCompletionSource, IHeldOutput, IThreadPoolWorkItem
    {
        private Exception? _error;

        public bool IsAwaited => true;

        public void Release() => scheduler.Schedule(this);

        public void Refuse(Exception error)
        {
            _error = error;
            scheduler.Schedule(this);
        }

        void IThreadPoolWorkItem.Execute()
        {
            if (_error is null) TrySetResult();
            else TrySetException(_error);
        }
    }
}
