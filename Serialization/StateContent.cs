using System.Reflection;
using System.Runtime.CompilerServices;

namespace ProvingMarket.Serialization;

/// <summary>The content of a record that does not exist.</summary>
public static class StateContent
{
    /// <summary>Makes an empty content.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>A new object, even if its class has no constructor without parameters; the default of types that have no objects of their own.</returns>
    public static T? New<T>()
    {
        var type = typeof(T);
        if (type.IsValueType || type == typeof(string) || type.IsArray || type.IsInterface || type.IsAbstract) return default;

        var hasConstructor = type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes) is not null;
        return (T)(hasConstructor ? Activator.CreateInstance(type, nonPublic: true)! : RuntimeHelpers.GetUninitializedObject(type));
    }
}
