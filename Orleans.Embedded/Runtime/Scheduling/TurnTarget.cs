using System.Collections.Immutable;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Outputs;

namespace Orleans.Runtime.Scheduling;

/// <summary>
/// Something that receives requests and runs them one turn at a time: an activation or an observer. It decides which request may start while
/// others have not ended. All else (state, identity, life) is its subclasses'.
/// </summary>
internal abstract class TurnTarget : TurnScheduler
{
    private TurnRequestQueue _ready;
    private TurnRequestQueue _waiting;
    private int _exclusive;
    private int _readOnly;
    private int _interleaved;
    private int _waitingToPass;
    private bool _isOpen;

    private protected TurnTarget(IWorkScheduler scheduler) : base(scheduler)
    {
    }

    /// <summary>Gets the object whose methods are called.</summary>
    internal object? Instance { get; private protected set; }

    /// <summary>Gets what every call passes before it reaches the object.</summary>
    internal virtual ImmutableArray<IIncomingGrainCallFilter> Filters => [];

    /// <summary>Gets what its answers to those outside have to pass; null for nothing.</summary>
    internal virtual OutputGate? Outputs => null;

    /// <summary>Gets a value indicating whether all requests interleave.</summary>
    private protected virtual bool IsReentrant => false;

    /// <inheritdoc/>
    private protected sealed override bool HasRequests => _ready.Count > 0;

    /// <inheritdoc/>
    private protected sealed override TurnRequest? TakeRequest() => _ready.Dequeue();

    /// <summary>Gets a value indicating whether no request has begun and not ended. Under the gate.</summary>
    private protected bool IsIdle => _exclusive + _readOnly + _interleaved == 0;

    /// <summary>Gets the number of requests that have not begun. Under the gate.</summary>
    private protected int WaitingCount => _waiting.Count;

    /// <summary>Called when the failure of a call is about to reach its caller.</summary>
    /// <param name="call">The call.</param>
    /// <param name="error">The failure.</param>
    internal virtual void OnFailed(GrainCall call, Exception error)
    {
    }

    /// <summary>Called when a request that did not end within its first turn has ended.</summary>
    /// <param name="request">The request.</param>
    internal void OnFinished(TurnRequest request)
    {
        bool schedule;
        lock (Gate)
        {
            End(request);
            schedule = HasRequests && MustSchedule();
        }

        if (schedule) Schedule();
    }

    /// <summary>Takes a request.</summary>
    /// <param name="request">The request.</param>
    private protected bool Receive(TurnRequest request)
    {
        bool schedule;
        lock (Gate)
        {
            if (!IsReceiving) return false;

            Add(request);
            schedule = HasRequests && MustSchedule();
        }

        if (schedule) Schedule();
        return true;
    }

    /// <summary>Gets a value indicating whether requests are taken at all. Under the gate.</summary>
    private protected virtual bool IsReceiving => true;

    /// <summary>Called when the last running request has ended. Under the gate.</summary>
    private protected virtual void OnIdle()
    {
    }

    /// <summary>Called when a request has ended. Under the gate.</summary>
    /// <param name="request">The request.</param>
    private protected virtual void OnEnded(TurnRequest request)
    {
    }

    /// <summary>Lets requests start. Under the gate.</summary>
    private protected void Open()
    {
        _isOpen = true;
        Reconsider();
    }

    /// <summary>Keeps requests from starting; those that have not started their first turn wait again. Under the gate.</summary>
    private protected void Close()
    {
        _isOpen = false;
        var waiting = _waiting.TakeAll();
        _waitingToPass = 0;
        while (_ready.Dequeue() is { } request)
        {
            Count(request) -= 1;
            Wait(request);
        }

        while (waiting.Dequeue() is { } request) Wait(request);
    }

    /// <summary>Takes all requests that have not begun. Under the gate.</summary>
    /// <returns>The requests.</returns>
    private protected TurnRequestQueue TakeWaiting()
    {
        _waitingToPass = 0;
        return _waiting.TakeAll();
    }

    /// <inheritdoc/>
    private protected sealed override void RunRequests(TurnRequest first)
    {
        var clean = ExecutionContext.Capture()!;
        TurnRequest? request = first;
        while (request is not null && !IsHalted)
        {
            var ended = request.Run(this);

            // What a method that is not async set (RequestContext, other ambient values) must not reach the next request.
            if (ExecutionContext.Capture() != clean) ExecutionContext.Restore(clean);
            lock (Gate)
            {
                if (ended) End(request);
                request = UseTurn() ? _ready.Dequeue() : null;
            }
        }
    }

    /// <summary>Adds a request to those that may start, or to those that wait. Under the gate.</summary>
    /// <param name="request">The request.</param>
    private protected void Add(TurnRequest request)
    {
        if (_isOpen && Admits(request) && (_waiting.Count == 0 || Passes(request))) Begin(request);
        else Wait(request);
    }

    // Says whether a request that is admitted may begin before those that wait. Read-only ones of clients may not, or a writer would wait as long as there is always another
    // reader. Those of grains may, as in Orleans: a reader that calls its own grain through another would else wait for ever for the writer that waits for it.
    private bool Passes(TurnRequest request) => IsReentrant || request.Interleaving == Interleaving.Always || (request.Interleaving == Interleaving.ReadOnly && request.MayPassWriters);

    private bool Admits(TurnRequest request) =>
        IsReentrant || request.Interleaving switch
        {
            Interleaving.Always => true,
            Interleaving.ReadOnly => _exclusive == 0,
            _ => _exclusive == 0 && _readOnly == 0,
        };

    private void Begin(TurnRequest request)
    {
        Count(request) += 1;
        _ready.Enqueue(request);
    }

    private void Wait(TurnRequest request)
    {
        if (Passes(request)) _waitingToPass++;
        _waiting.Enqueue(request);
    }

    private void End(TurnRequest request)
    {
        Count(request) -= 1;
        request.IsOver = true;
        OnEnded(request);
        if (_isOpen && _waiting.Count > 0) Promote();
        if (IsIdle) OnIdle();
    }

    // Starts what may start now, in order; a request that may not is passed by others only where the rules of interleaving say so.
    private void Promote()
    {
        while (_waiting.First is { } first && Admits(first)) Begin(TakeFirstWaiting()!);
        if (_exclusive == 0 && _waitingToPass > 0) Reconsider();
    }

    private void Reconsider()
    {
        var rest = _waiting.TakeAll();
        _waitingToPass = 0;
        while (rest.Dequeue() is { } request) Add(request);
    }

    private TurnRequest? TakeFirstWaiting()
    {
        var request = _waiting.Dequeue();
        if (request is not null && Passes(request)) _waitingToPass--;
        return request;
    }

    private ref int Count(TurnRequest request)
    {
        switch (request.Interleaving)
        {
            case Interleaving.Always: return ref _interleaved;
            case Interleaving.ReadOnly: return ref _readOnly;
            default: return ref _exclusive;
        }
    }
}
