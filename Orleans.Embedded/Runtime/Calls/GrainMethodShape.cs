using System.Collections.Immutable;
using System.Reflection;

namespace Orleans.Runtime.Calls;

/// <summary>The signature of a grain method, taken apart.</summary>
/// <param name="Kind">How the result reaches the caller.</param>
/// <param name="ParameterTypes">The types of the parameters, without the cancellation token.</param>
/// <param name="ResultType">The type of the result, or null.</param>
/// <param name="IsCancellable">Whether the last parameter is a cancellation token.</param>
/// <param name="Key">The method's name on the wire.</param>
internal sealed record GrainMethodShape(GrainMethodKind Kind, ImmutableArray<Type> ParameterTypes, Type? ResultType, bool IsCancellable, string Key)
{
    /// <summary>Takes a method apart, refusing what cannot be called across activations.</summary>
    /// <param name="method">A method of a grain or observer interface.</param>
    /// <returns>Its shape.</returns>
    /// <exception cref="NotSupportedException">The method's signature is not supported.</exception>
    internal static GrainMethodShape Of(MethodInfo method)
    {
        if (method.IsGenericMethodDefinition) throw Refused(method, "it has type parameters");

        var parameters = method.GetParameters();
        if (Array.Find(parameters, p => p.ParameterType.IsByRef || p.ParameterType.IsByRefLike || p.ParameterType.IsPointer) is { } byReference)
            throw Refused(method, $"parameter '{byReference.Name}' is passed by reference");

        var cancellable = parameters.Length > 0 && parameters[^1].ParameterType == typeof(CancellationToken);
        var types = parameters.Take(parameters.Length - (cancellable ? 1 : 0)).Select(p => p.ParameterType).ToImmutableArray();
        if (types.Contains(typeof(CancellationToken))) throw Refused(method, "a cancellation token must be its last and only token parameter");

        var (kind, result) = Result(method);
        var key = method.GetCustomAttribute<AliasAttribute>()?.Alias ?? $"{method.Name}({string.Join(',', types.Select(GrainInterface.NameOf))})";
        return new GrainMethodShape(kind, types, result, cancellable, key);
    }

    private static (GrainMethodKind Kind, Type? Result) Result(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(void)) return (GrainMethodKind.Void, null);
        if (type == typeof(Task)) return (GrainMethodKind.Task, null);
        if (type == typeof(ValueTask)) return (GrainMethodKind.ValueTask, null);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)) return (GrainMethodKind.TaskOfResult, type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)) return (GrainMethodKind.ValueTaskOfResult, type.GetGenericArguments()[0]);
        throw Refused(method, $"it returns {type}; the embedded engine supports Task, Task<T>, ValueTask, ValueTask<T> and void");
    }

    private static NotSupportedException Refused(MethodInfo method, string why) =>
        new($"{method.DeclaringType}.{method.Name} cannot be a grain method: {why}.");
}
