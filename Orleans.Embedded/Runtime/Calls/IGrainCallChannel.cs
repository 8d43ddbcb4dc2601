namespace Orleans.Runtime.Calls;

/// <summary>
/// A way to where a call is executed: the silo's own dispatcher, a connection to a silo, a connection to a client that holds observers,
/// or the table of a process's own observers.
/// </summary>
internal interface IGrainCallChannel
{
    /// <summary>
    /// Takes a call over. Does not block and does not throw: every outcome, refusals included, is set on the call. A channel that
    /// loses the other side completes the calls it holds with <see cref="SiloUnavailableException"/> or, towards an observer,
    /// <see cref="ClientNotAvailableException"/>; otherwise it may leave a call open, the caller's timeout ends the waiting.
    /// </summary>
    /// <param name="call">The call.</param>
    void Send(GrainCall call);

    /// <summary>
    /// Says that the caller of a call that was sent here no longer waits: it timed out or was cancelled. A call that has not started is
    /// dropped. One that has goes on; its outcome is not wanted.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="cancelTarget">Whether the token that the running method was given is to be cancelled.</param>
    void Abandon(GrainCall call, bool cancelTarget);
}

/// <summary>Puts a network between the grains of a silo.</summary>
/// <param name="dispatcher">The silo's dispatcher: where calls arrive.</param>
/// <returns>Where the grains' calls are sent.</returns>
internal delegate IGrainCallChannel GrainCallNetwork(IGrainCallChannel dispatcher);

/// <summary>Is told the outcome of a call instead of a waiting task: used where calls are received for somebody elsewhere.</summary>
internal interface IGrainCallSink
{
    /// <summary>Called exactly once, on whatever thread the call ended, when the outcome is set. Must not throw or block.</summary>
    /// <param name="call">The call; read <see cref="GrainCall.Error"/>, or the result by <see cref="GrainCall.VisitResult"/>.</param>
    void OnCompleted(GrainCall call);
}

/// <summary>Reads or replaces arguments and results with their static types, so that nothing is boxed.</summary>
internal abstract class GrainCallVisitor
{
    /// <summary>Visits one argument, or the result.</summary>
    /// <typeparam name="T">The declared type of the parameter or result.</typeparam>
    /// <param name="index">The parameter's position, cancellation tokens not counted; 0 for a result.</param>
    /// <param name="value">The value, to read or to replace.</param>
    public abstract void Visit<T>(int index, ref T? value);
}
