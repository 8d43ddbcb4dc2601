using System.Reflection;
using Orleans.Runtime.Scheduling;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime.Calls;

/// <summary>A call on its way through the incoming filters of a silo, then of the grain, to the grain's method.</summary>
internal sealed class IncomingCallContext(GrainCall call, TurnTarget owner) : IIncomingGrainCallContext
{
    private int _next;

    /// <inheritdoc/>
    public IGrainContext TargetContext => (IGrainContext)owner;

    /// <inheritdoc/>
    public IInvokable Request => call;

    /// <inheritdoc/>
    public object Grain => owner.Instance!;

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
    public MethodInfo ImplementationMethod
    {
        get
        {
            var map = Grain.GetType().GetInterfaceMap(call.Method.Interface.Type);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, call.Method.Info)];
        }
    }

    /// <inheritdoc/>
    public object? Result { get; set; }

    /// <summary>Runs the call and settles it.</summary>
    /// <returns>A task that does not fail.</returns>
    internal async Task RunAsync()
    {
        try
        {
            await Invoke();
            call.AnswerBoxed(Result);
        }
        catch (Exception error)
        {
            owner.OnFailed(call, error);
            call.AnswerFailure(error);
        }
    }

    /// <inheritdoc/>
    public async Task Invoke()
    {
        var filters = owner.Filters;
        var stage = _next++;
        try
        {
            if (stage < filters.Length) await filters[stage].Invoke(this);
            else if (stage == filters.Length && Grain is IIncomingGrainCallFilter own) await own.Invoke(this);
            else Result = await call.InvokeBoxed(Grain);
        }
        finally
        {
            // A filter that tries again passes those after it again, too.
            _next = stage;
        }
    }
}
