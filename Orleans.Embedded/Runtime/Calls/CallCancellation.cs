namespace Orleans.Runtime.Calls;

#pragma warning disable CA1001 // The source has neither a timer nor links to others: there is nothing in it to dispose of.

/// <summary>Both ends of a call that can be cancelled: the caller's token, and the one that the running method receives.</summary>
/// <param name="call">The call.</param>
internal sealed class CallCancellation(GrainCall call)
{
    private const int NotObserving = 0;
    private const int Observing = 1;
    private const int Ended = 2;

    private readonly CancellationTokenSource _target = new();
    private CancellationTokenRegistration _registration;
    private IGrainCallChannel? _channel;
    private int _state = NotObserving;

    /// <summary>Gets the token that the running method receives.</summary>
    internal CancellationToken TargetToken => _target.Token;

    /// <summary>Gets or sets a value indicating whether the token is to be cancelled before the method starts.</summary>
    internal bool IsTargetToBeCancelled { get; set; }

    /// <summary>Cancels the token that the running method has received. Runs as a turn of the target, so what is registered there does, too.</summary>
    internal void CancelTarget() => _target.Cancel();

    /// <summary>Starts to listen to the caller's token.</summary>
    /// <param name="channel">Where the call was sent.</param>
    /// <param name="token">The caller's token.</param>
    internal void Observe(IGrainCallChannel channel, CancellationToken token)
    {
        _channel = channel;
        _registration = token.UnsafeRegister(static (state, token) => ((CallCancellation)state!).OnCancelled(token), this);
        if (Interlocked.CompareExchange(ref _state, Observing, NotObserving) != NotObserving) _registration.Unregister();
    }

    /// <summary>Stops to listen. May be called more than once, and while <see cref="Observe"/> is under way.</summary>
    internal void End()
    {
        if (Interlocked.Exchange(ref _state, Ended) == Observing) _registration.Unregister();
    }

    private void OnCancelled(CancellationToken token)
    {
        if (call.TrySetException(new OperationCanceledException(token))) _channel!.Abandon(call, cancelTarget: true);
    }
}
