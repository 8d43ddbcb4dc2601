using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>Stands for a channel that is made later, since what it is made of needs it.</summary>
internal sealed class LateChannel : IGrainCallChannel
{
    /// <summary>Gets or sets the channel.</summary>
    internal IGrainCallChannel? Channel { get; set; }

    /// <inheritdoc/>
    public void Send(GrainCall call) => Channel!.Send(call);

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget) => Channel!.Abandon(call, cancelTarget);
}
