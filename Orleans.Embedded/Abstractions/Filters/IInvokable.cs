using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A method with its arguments.</summary>
public interface IInvokable : IDisposable
{
    /// <summary>Gets a value indicating whether the method takes a cancellation token.</summary>
    bool IsCancellable => false;

    /// <summary>Gets the number of arguments, not counting a cancellation token.</summary>
    /// <returns>The number.</returns>
    int GetArgumentCount();

    /// <summary>Gets an argument.</summary>
    /// <param name="index">Its position.</param>
    /// <returns>The argument.</returns>
    object? GetArgument(int index);

    /// <summary>Replaces an argument.</summary>
    /// <param name="index">Its position.</param>
    /// <param name="value">The argument, of the parameter's type.</param>
    void SetArgument(int index, object value);

    /// <summary>Gets the name of the method.</summary>
    /// <returns>The name.</returns>
    string GetMethodName();

    /// <summary>Gets the name of the interface.</summary>
    /// <returns>The name.</returns>
    string GetInterfaceName();

    /// <summary>Gets the name to trace the call under: interface and method.</summary>
    /// <returns>The name.</returns>
    string GetActivityName();

    /// <summary>Gets the interface's method.</summary>
    /// <returns>The method.</returns>
    MethodInfo GetMethod();

    /// <summary>Gets the interface.</summary>
    /// <returns>The interface.</returns>
    Type GetInterfaceType();

    /// <summary>Gets the time the method's caller waits for an answer, when the method says so itself.</summary>
    /// <returns>The time, or null for the silo's default.</returns>
    TimeSpan? GetDefaultResponseTimeout() => null;
}
