using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>A filter of calls that arrive at grains, as a delegate.</summary>
/// <param name="context">The call.</param>
/// <returns>A task.</returns>
public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

/// <summary>A filter of calls that leave a silo's grains or a client, as a delegate.</summary>
/// <param name="context">The call.</param>
/// <returns>A task.</returns>
public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);

/// <summary>Sees every call that arrives at a grain, as part of the grain's turn.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Handles a call: usually does something, invokes <see cref="IGrainCallContext.Invoke"/>, and does something.</summary>
    /// <param name="context">The call.</param>
    /// <returns>A task; if it fails, the caller receives the exception.</returns>
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>Sees every call before it leaves the caller.</summary>
public interface IOutgoingGrainCallFilter
{
    /// <summary>Handles a call: usually does something, invokes <see cref="IGrainCallContext.Invoke"/>, and does something.</summary>
    /// <param name="context">The call.</param>
    /// <returns>A task; if it fails, the caller receives the exception.</returns>
    Task Invoke(IOutgoingGrainCallContext context);
}

/// <summary>A call as filters see it.</summary>
public interface IGrainCallContext
{
    /// <summary>Gets the method and its arguments.</summary>
    IInvokable Request { get; }

    /// <summary>Gets the grain: the object itself for incoming calls, the reference for outgoing ones.</summary>
    object Grain { get; }

    /// <summary>Gets the identity of the calling grain, or null when it is unknown.</summary>
    GrainId? SourceId { get; }

    /// <summary>Gets the identity of the called grain.</summary>
    GrainId TargetId { get; }

    /// <summary>Gets the identity of the interface called through.</summary>
    GrainInterfaceType InterfaceType { get; }

    /// <summary>Gets the name of the interface called through.</summary>
    string InterfaceName { get; }

    /// <summary>Gets the name of the method.</summary>
    string MethodName { get; }

    /// <summary>Gets the interface's method.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>Gets or sets the result, after <see cref="Invoke"/>.</summary>
    object? Result { get; set; }

    /// <summary>Goes on to the next filter, and after the last to the call itself.</summary>
    /// <returns>A task that ends with the call.</returns>
    Task Invoke();
}

/// <summary>A call that has arrived at its grain.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>Gets the activation that is called.</summary>
    IGrainContext TargetContext { get; }

    /// <summary>Gets the grain class's method.</summary>
    MethodInfo ImplementationMethod { get; }
}

/// <summary>A call that is about to leave its caller.</summary>
public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>Gets the calling activation, or null outside of grains.</summary>
    IGrainContext? SourceContext { get; }
}
