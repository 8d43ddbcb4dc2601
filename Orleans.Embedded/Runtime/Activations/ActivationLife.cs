using Orleans.Runtime.Calls;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <content>How an activation begins and ends.</content>
internal sealed partial class Activation
{
    /// <summary>Starts to activate.</summary>
    /// <param name="first">The call that needs the grain: it waits here, and the activation has its RequestContext.</param>
    internal void Start(GrainCall first)
    {
        Receive(first);
        var context = first.Context;
        _ = RunAsync(() =>
        {
            RequestContext.Import(context);
            return ActivateAsync();
        });
    }

    /// <inheritdoc/>
    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (Gate)
        {
            if (_phase is Phase.Deactivating or Phase.Ended || _reason is not null) return;

            _reason = deactivationReason;
            if (_phase == Phase.Active) BeginDeactivating();
        }
    }

    /// <summary>Ends the activation if nothing has used it for a while.</summary>
    /// <param name="latestUse">The latest use, as a time of the collector, that counts as idle.</param>
    /// <returns>Whether the activation ends now.</returns>
    internal bool DeactivateIfIdleSince(int latestUse)
    {
        lock (Gate)
        {
            if (_phase != Phase.Active || !IsIdle || WaitingCount > 0 || _lastUse > latestUse) return false;
            if (_keepUntil > DateTimeOffset.MinValue && _keepUntil > _silo.Clock.GetUtcNow()) return false;

            _reason = new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation was not used for its collection age.");
            BeginDeactivating();
            return true;
        }
    }

    /// <inheritdoc/>
    public void DelayDeactivation(TimeSpan timeSpan)
    {
        lock (Gate)
        {
            if (timeSpan == TimeSpan.MaxValue || timeSpan == Timeout.InfiniteTimeSpan) _keepUntil = DateTimeOffset.MaxValue;
            else if (timeSpan <= TimeSpan.Zero) _keepUntil = DateTimeOffset.MinValue;
            else _keepUntil = _silo.Clock.GetUtcNow() + timeSpan;
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            Instance = Class.CreateInstance(this);
            using var limit = new TimeLimit(_silo.CollectionOptions.ActivationTimeout, this);
            await limit.WaitFor(ReadStates(), "read its state");
            await limit.WaitFor(((IGrainBase)Instance).OnActivateAsync(limit.Token), "activate");
        }
        catch (Exception error)
        {
            _silo.LogActivationFailed(this, error);
            await EndAsync(error);
            return;
        }

        lock (Gate)
        {
            _lastUse = _silo.Collector.Now;
            if (_reason is null)
            {
                _phase = Phase.Active;
                _wasActive = true;
                Open();
                if (IsIdle && _pool?.OnFree(this) is { } next) Add(next);
                return;
            }

            _phase = Phase.Deactivating;
        }

        await DeactivateAsync();
    }

    // All reads at once; each is awaited so that no failure is lost.
    private Task ReadStates() => _states switch
    {
        null => Task.CompletedTask,
        [var only] => only.ReadStateAsync(),
        var several => EachOf(several.ConvertAll(state => state.ReadStateAsync())),
    };

    private static async Task EachOf(List<Task> reads)
    {
        foreach (var read in reads) await read;
    }

    private void BeginDeactivating()
    {
        _phase = Phase.Deactivating;
        _pool?.OnBusy(this);
        Close();
        if (IsIdle) QueueDeactivation();
    }

    // Under the gate, which queueing a task takes, too: locks are re-entrant.
    private void QueueDeactivation() => _ = RunAsync(DeactivateAsync);

    private async Task DeactivateAsync()
    {
        DisposeTimers();
        if (_wasActive)
        {
            try
            {
                using var limit = new TimeLimit(_silo.CollectionOptions.DeactivationTimeout, this);
                await limit.WaitFor(((IGrainBase)Instance!).OnDeactivateAsync(_reason!.Value, limit.Token), "deactivate");
            }
            catch (Exception error)
            {
                _silo.LogDeactivationFailed(this, error);
            }
        }

        await EndAsync(null);
    }

    private async Task EndAsync(Exception? failure)
    {
        DisposeTimers();
        await DisposeAsync(Instance);
        await DisposeAsync(_scope);

        TurnRequestQueue waiting;
        lock (Gate)
        {
            _phase = Phase.Ended;
            waiting = TakeWaiting();
        }

        if (_pool is null) _silo.Remove(GrainId, this);
        else _pool.Remove(this);
        while (waiting.Dequeue() is { } request)
        {
            if (request is not GrainCall call) continue;
            if (failure is not null) call.Refuse(failure);
            else _silo.Reroute(call, _wasActive);
        }

        TaskCompletionSource? deactivated;
        lock (Gate)
        {
            _hasEnded = true;
            deactivated = _deactivated;
        }

        deactivated?.SetResult();
    }

    private async Task DisposeAsync(object? part)
    {
        try
        {
            if (part is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else (part as IDisposable)?.Dispose();
        }
        catch (Exception error)
        {
            _silo.LogDeactivationFailed(this, error);
        }
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (Gate) timers = [.. _timers ?? []];
        foreach (var timer in timers) timer.Dispose();
    }
}
