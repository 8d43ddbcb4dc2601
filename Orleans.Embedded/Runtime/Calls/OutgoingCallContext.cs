using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime.Calls;

/// <summary>An outgoing call on its way through the filters.</summary>
internal sealed class OutgoingCallContext(GrainCall call, GrainCaller caller, CancellationToken token) : IOutgoingGrainCallContext
{
    private int _next;
    private bool _isSent;

    /// <inheritdoc/>
    public IGrainContext? SourceContext { get; } = RuntimeContext.Current;

    /// <inheritdoc/>
    public IInvokable Request => call;

    /// <inheritdoc/>
    public object Grain { get; } = caller.CreateReference(call.Target, call.Method.Interface.Type);

    /// <inheritdoc/>
    public GrainId? SourceId => call.Source.IsDefault ? null : call.Source;

    /// <inheritdoc/>
    public GrainId TargetId => call.Target;

    /// <inheritdoc/>
    public GrainInterfaceType InterfaceType => call.Method.Interface.Id;

    /// <inheritdoc/>
    public string InterfaceName => call.Method.Interface.Name;

    /// <inheritdoc/>
    public string MethodName => call.Method.Info.Name;

    /// <inheritdoc/>
    public MethodInfo InterfaceMethod => call.Method.Info;

    /// <inheritdoc/>
    public object? Result { get; set; }

    /// <inheritdoc/>
    public async Task Invoke()
    {
        if (_next == caller.Filters.Length)
        {
            var sent = _isSent ? call.CopyToSendAgain() : call;
            _isSent = true;
            Result = await caller.SendFiltered(sent, token);
            return;
        }

        var stage = _next++;
        try
        {
            await caller.Filters[stage].Invoke(this);
        }
        finally
        {
            // A filter that tries again passes those after it again, too.
            _next = stage;
        }
    }
}
