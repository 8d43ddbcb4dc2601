using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Activations;

/// <summary>What the directory has for a grain: its activation, or the pool of its activations.</summary>
internal interface ICallTarget
{
    /// <summary>Takes a call.</summary>
    /// <param name="call">The call.</param>
    /// <returns>False when the target has ended: it is no longer the grain's.</returns>
    bool TryReceive(GrainCall call);

    /// <summary>Lists the activations.</summary>
    /// <returns>The activations.</returns>
    IEnumerable<Activation> Activations();
}
