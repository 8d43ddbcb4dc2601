namespace Orleans.Runtime.Calls;

/// <summary>A reference that can be called. A subclass that implements the interface is emitted for every grain and observer interface.</summary>
internal abstract class GrainProxy : GrainReference
{
    private readonly GrainInterface _interface;

    /// <summary>Initializes a reference.</summary>
    /// <param name="grainId">The grain or observer.</param>
    /// <param name="caller">The calling side of the host the reference belongs to.</param>
    /// <param name="grainInterface">The interface it is called through.</param>
    protected GrainProxy(GrainId grainId, GrainCaller caller, GrainInterface grainInterface) : base(grainId)
    {
        Caller = caller;
        _interface = grainInterface;
    }

    /// <inheritdoc/>
    internal sealed override GrainInterfaceType InterfaceIdentity => _interface.Id;

    /// <inheritdoc/>
    public sealed override string InterfaceName => _interface.Name;

    /// <summary>Gets the interface it is called through.</summary>
    internal GrainInterface Interface => _interface;

    /// <summary>Gets the calling side of the host the reference belongs to.</summary>
    internal GrainCaller Caller { get; }

    /// <inheritdoc/>
    internal sealed override object CastTo(Type interfaceType) => interfaceType.IsInstanceOfType(this) ? this : Caller.CreateReference(GrainId, interfaceType);

    /// <summary>Called by emitted code.</summary>
    protected Task<T> Invoke<T>(TaskCall<T> call, CancellationToken token) => Caller.Invoke(GrainId, call, token);

    /// <summary>Called by emitted code.</summary>
    protected Task Invoke(TaskCall call, CancellationToken token) => Caller.Invoke(GrainId, call, token);

    /// <summary>Called by emitted code.</summary>
    protected ValueTask<T> Invoke<T>(ValueTaskCall<T> call, CancellationToken token) => Caller.Invoke(GrainId, call, token);

    /// <summary>Called by emitted code.</summary>
    protected ValueTask Invoke(ValueTaskCall call, CancellationToken token) => Caller.Invoke(GrainId, call, token);

    /// <summary>Called by emitted code.</summary>
    protected void Invoke(VoidCall call, CancellationToken token) => Caller.Invoke(GrainId, call, token);
}
