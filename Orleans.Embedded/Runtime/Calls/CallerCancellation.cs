namespace Orleans.Runtime.Calls;

/// <summary>Ties a call to the token its caller passed.</summary>
internal sealed class CallerCancellation(GrainCall call, IGrainCallChannel channel)
{
    private const int Beginning = 0;
    private const int Registered = 1;
    private const int Ended = 2;

    private CancellationTokenRegistration _registration;
    private int _state = Beginning;

    /// <summary>Starts to listen.</summary>
    /// <param name="token">The caller's token.</param>
    internal void Begin(CancellationToken token)
    {
        _registration = token.UnsafeRegister(static (state, token) => ((CallerCancellation)state!).OnCancelled(token), this);
        if (Interlocked.CompareExchange(ref _state, Registered, Beginning) != Beginning) _registration.Unregister();
    }

    /// <summary>Stops to listen. May be called more than once, and while <see cref="Begin"/> is under way.</summary>
    internal void End()
    {
        if (Interlocked.Exchange(ref _state, Ended) == Registered) _registration.Unregister();
    }

    private void OnCancelled(CancellationToken token)
    {
        if (call.TrySetException(new OperationCanceledException(token))) channel.Abandon(call, cancelTarget: true);
    }
}
