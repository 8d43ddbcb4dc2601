using Orleans.Runtime.Calls;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>
/// The activations of one stateless worker grain. A call goes to one that is free; when none is and no more are allowed, it waits here for the
/// first that becomes free.
/// </summary>
/// <remarks>Workers call in here under their own lock, so nothing here calls a worker under the pool's.</remarks>
/// <param name="silo">The silo.</param>
/// <param name="grainClass">The grain's class.</param>
/// <param name="grainId">The grain's identity.</param>
internal sealed class StatelessWorkerPool(Silo silo, GrainClass grainClass, GrainId grainId) : ICallTarget
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private readonly List<Activation> _free = [];
    private readonly Queue<GrainCall> _waiting = new();
    private uint _next;
    private bool _hasEnded;

    /// <inheritdoc/>
    public bool TryReceive(GrainCall call)
    {
        while (true)
        {
            if (!TryAssign(call, out var worker)) return false;
            if (worker is null || worker.TryReceive(call)) return true;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Activation> Activations()
    {
        lock (_gate) return [.. _workers];
    }

    /// <summary>Called by a worker that has become free, under its lock.</summary>
    /// <param name="worker">The worker.</param>
    /// <returns>What it is to do next, or null.</returns>
    internal TurnRequest? OnFree(Activation worker)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var call)) return call;
            if (!_free.Contains(worker)) _free.Add(worker);
            return null;
        }
    }

    /// <summary>Called by a worker that is about to do something else than a call, under its lock: it is given no call until it is free again.</summary>
    /// <param name="worker">The worker.</param>
    internal void OnBusy(Activation worker)
    {
        lock (_gate) _free.Remove(worker);
    }

    /// <summary>Called by a worker that has ended.</summary>
    /// <param name="worker">The worker.</param>
    internal void Remove(Activation worker)
    {
        GrainCall? orphan;
        lock (_gate)
        {
            _workers.Remove(worker);
            _free.Remove(worker);

            // The next call that waits takes the worker's place, and with it a new worker.
            _waiting.TryDequeue(out orphan);
            _hasEnded = orphan is null && _workers.Count == 0;
        }

        if (orphan is not null) silo.Send(orphan);
        else if (_hasEnded) silo.Remove(grainId, this);
    }

    private bool TryAssign(GrainCall call, out Activation? worker)
    {
        worker = null;
        Activation created;
        lock (_gate)
        {
            if (_hasEnded) return false;

            if (_free.Count > 0)
            {
                worker = _free[^1];
                _free.RemoveAt(_free.Count - 1);
                return true;
            }

            if (_workers.Count >= grainClass.MaxWorkers)
            {
                if (grainClass.IsReentrant || call.Interleaving == Interleaving.Always) worker = _workers[(int)(_next++ % (uint)_workers.Count)];
                else _waiting.Enqueue(call);
                return true;
            }

            created = new Activation(silo, grainClass, grainId, this);
            _workers.Add(created);
        }

        created.Start(call);
        return true;
    }
}
