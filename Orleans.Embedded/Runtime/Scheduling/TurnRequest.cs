namespace Orleans.Runtime.Scheduling;

/// <summary>Which requests may run between the turns of a request.</summary>
internal enum Interleaving : byte
{
    /// <summary>Only those that always may.</summary>
    None,

    /// <summary>Other read-only ones, too.</summary>
    ReadOnly,

    /// <summary>All.</summary>
    Always,
}

/// <summary>Something an activation or observer is to do: a call, or a timer's tick.</summary>
internal abstract class TurnRequest
{
    private bool _isOver;

    /// <summary>Gets or sets which requests may run between the turns of this one.</summary>
    internal Interleaving Interleaving { get; set; }

    /// <summary>Gets a value indicating whether the request, if it is read-only, may begin before one that waits for readers to end. One that a reader may be waiting for must.</summary>
    internal virtual bool MayPassWriters => false;

    /// <summary>Gets a value indicating whether the request shows that its target is in use.</summary>
    internal virtual bool KeepsAlive => true;

    /// <summary>Gets or sets who runs the request.</summary>
    internal TurnTarget? Owner { get; private protected set; }

    /// <summary>Gets or sets a value indicating whether the request has ended, or will never begin: nothing of it is under way any more.</summary>
    internal bool IsOver
    {
        get => Volatile.Read(ref _isOver);
        set => Volatile.Write(ref _isOver, value);
    }

    /// <summary>Gets or sets the next request in the queue this one is in. Guarded by the queue's owner.</summary>
    internal TurnRequest? NextInQueue { get; set; }

    /// <summary>Runs the request's first turn.</summary>
    /// <param name="owner">Who runs it.</param>
    /// <returns>Whether the request has ended; otherwise <see cref="TurnTarget.OnFinished"/> is called when it does. Does not throw.</returns>
    internal abstract bool Run(TurnTarget owner);
}

/// <summary>A queue of requests, linked through the requests themselves.</summary>
internal struct TurnRequestQueue
{
    private TurnRequest? _first;
    private TurnRequest? _last;

    /// <summary>Gets the number of requests.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the first request.</summary>
    internal readonly TurnRequest? First => _first;

    /// <summary>Adds a request at the end.</summary>
    /// <param name="request">The request; in no queue.</param>
    internal void Enqueue(TurnRequest request)
    {
        if (_last is null) _first = request;
        else _last.NextInQueue = request;
        _last = request;
        Count++;
    }

    /// <summary>Takes the first request.</summary>
    /// <returns>The request, or null.</returns>
    internal TurnRequest? Dequeue()
    {
        if (_first is not { } request) return null;

        _first = request.NextInQueue;
        if (_first is null) _last = null;
        request.NextInQueue = null;
        Count--;
        return request;
    }

    /// <summary>Takes all requests.</summary>
    /// <returns>The queue that holds them now.</returns>
    internal TurnRequestQueue TakeAll()
    {
        var all = this;
        this = default;
        return all;
    }

    /// <summary>Adds all requests of another queue at the end.</summary>
    /// <param name="other">The other queue; empty afterwards.</param>
    internal void EnqueueAll(ref TurnRequestQueue other)
    {
        while (other.Dequeue() is { } request) Enqueue(request);
    }
}
