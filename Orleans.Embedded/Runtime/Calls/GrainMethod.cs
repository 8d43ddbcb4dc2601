using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime.Calls;

/// <summary>How a method's result reaches its caller.</summary>
internal enum GrainMethodKind
{
    /// <summary>The method returns <see cref="System.Threading.Tasks.Task"/>.</summary>
    Task,

    /// <summary>The method returns <see cref="System.Threading.Tasks.Task{TResult}"/>.</summary>
    TaskOfResult,

    /// <summary>The method returns <see cref="System.Threading.Tasks.ValueTask"/>.</summary>
    ValueTask,

    /// <summary>The method returns <see cref="System.Threading.Tasks.ValueTask{TResult}"/>.</summary>
    ValueTaskOfResult,

    /// <summary>The method returns nothing and is always one-way.</summary>
    Void,
}

/// <summary>A method of a grain or observer interface. One instance per method and process.</summary>
internal sealed class GrainMethod
{
    private readonly Func<GrainCall> _create;

    internal GrainMethod(GrainInterface declaring, MethodInfo method, GrainMethodShape shape, Type callType, Func<GrainCall> create)
    {
        _create = create;
        Interface = declaring;
        Info = method;
        Shape = shape;
        CallType = callType;
        Key = shape.Key;
        IsOneWay = shape.Kind == GrainMethodKind.Void || method.IsDefined(typeof(OneWayAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        IsAlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        DisplayName = $"{declaring.Type.Name}.{method.Name}";
        ActivityName = $"{declaring.Name}/{method.Name}";
    }

    /// <summary>Gets the interface that declares the method (not one that inherits it).</summary>
    internal GrainInterface Interface { get; }

    /// <summary>Gets the method.</summary>
    internal MethodInfo Info { get; }

    /// <summary>Gets its parameters and result.</summary>
    internal GrainMethodShape Shape { get; }

    /// <summary>Gets the emitted class of its calls.</summary>
    internal Type CallType { get; }

    /// <summary>Gets the method's name on the wire, unique within its interface: its alias, or name and parameter types.</summary>
    internal string Key { get; }

    /// <summary>Gets the type of the result, or null when there is none.</summary>
    internal Type? ResultType => Shape.ResultType;

    /// <summary>Gets a value indicating whether callers do not wait.</summary>
    internal bool IsOneWay { get; }

    /// <summary>Gets a value indicating whether calls interleave with other read-only calls.</summary>
    internal bool IsReadOnly { get; }

    /// <summary>Gets a value indicating whether calls interleave with all calls.</summary>
    internal bool IsAlwaysInterleave { get; }

    /// <summary>Gets a value indicating whether the last parameter is a cancellation token.</summary>
    internal bool IsCancellable => Shape.IsCancellable;

    /// <summary>Gets how long callers wait, or null for the default of their host.</summary>
    internal TimeSpan? ResponseTimeout { get; }

    /// <summary>Gets the method's name for messages to people.</summary>
    internal string DisplayName { get; }

    /// <summary>Gets the method's name for traces.</summary>
    internal string ActivityName { get; }

    /// <summary>Creates a call with default arguments. Set the target and the arguments, then send it.</summary>
    /// <returns>The call.</returns>
    internal GrainCall CreateCall() => _create();

    /// <inheritdoc/>
    public override string ToString() => DisplayName;
}
