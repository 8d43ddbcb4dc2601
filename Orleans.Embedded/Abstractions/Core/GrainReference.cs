namespace Orleans.Runtime;

/// <summary>A reference to a grain or an observer. The engine emits a subclass for every grain interface; there are no others.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly GrainId _grainId;

    private protected GrainReference(GrainId grainId) => _grainId = grainId;

    /// <summary>Gets the identity of what is referred to.</summary>
    public GrainId GrainId => _grainId;

    /// <summary>Gets the name of the interface this reference calls through.</summary>
    public virtual string InterfaceName => InterfaceType.ToString();

    /// <summary>Gets the identity of the interface this reference calls through.</summary>
    public GrainInterfaceType InterfaceType => InterfaceIdentity;

    /// <summary>Gets the identity of the interface this reference calls through.</summary>
    internal virtual GrainInterfaceType InterfaceIdentity => default;

    /// <summary>Compares the identities referred to.</summary>
    /// <param name="reference1">One reference.</param>
    /// <param name="reference2">Another reference.</param>
    /// <returns>Whether both refer to the same grain, through whatever interface.</returns>
    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    /// <summary>Compares the identities referred to.</summary>
    /// <param name="reference1">One reference.</param>
    /// <param name="reference2">Another reference.</param>
    /// <returns>Whether they refer to different grains.</returns>
    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    /// <summary>Gets a reference to the same grain through another of its interfaces.</summary>
    /// <typeparam name="TGrainInterface">The interface to call it through.</typeparam>
    /// <returns>The reference.</returns>
    public virtual TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable => (TGrainInterface)CastTo(typeof(TGrainInterface));

    /// <inheritdoc/>
    public bool Equals(GrainReference? other) => other is not null && _grainId.Equals(other._grainId);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => _grainId.GetHashCode();

    /// <inheritdoc/>
    public sealed override string ToString() => $"GrainReference:{_grainId}";

    /// <summary>Gets a reference to the same target through another interface.</summary>
    /// <param name="interfaceType">The interface.</param>
    /// <returns>A reference that implements it.</returns>
    internal virtual object CastTo(Type interfaceType) => throw new InvalidOperationException($"{this} belongs to no host.");
}
