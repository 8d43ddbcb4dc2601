using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>The exception types that may be built from a name: those of the application, of the engine and of .NET that are loaded and can be made from a message.</summary>
internal static class ExceptionTypes
{
    private static readonly ConcurrentDictionary<string, Func<string, Exception?, Exception>> s_known = new(StringComparer.Ordinal);

    /// <summary>Builds an exception.</summary>
    /// <param name="typeName">The full name of its type.</param>
    /// <param name="message">Its message.</param>
    /// <param name="inner">Its cause.</param>
    /// <returns>The exception, or null when the type is not among those that may be built.</returns>
    internal static Exception? TryCreate(string typeName, string message, Exception? inner)
    {
        // Unknown names are not remembered: the other side chooses them.
        if (!s_known.TryGetValue(typeName, out var create))
        {
            create = Candidates(typeName).Select(CreatorOf).FirstOrDefault(creator => creator is not null);
            if (create is null) return null;
            s_known.TryAdd(typeName, create);
        }

        try
        {
            return create(message, inner);
        }
        catch (Exception)
        {
            // A constructor that refuses the message: the caller falls back to an exception that carries it.
            return null;
        }
    }

    private static IEnumerable<Type> Candidates(string typeName)
    {
        if (typeName.Length == 0 || typeName.AsSpan().ContainsAny("[],`")) return [];
        return LoadedTypes.Assemblies().Concat(AppDomain.CurrentDomain.GetAssemblies().Where(IsPlatform))
            .Select(assembly => assembly.GetType(typeName, throwOnError: false))
            .OfType<Type>()
            .Where(type => type is { IsAbstract: false, IsVisible: true, IsGenericType: false } && type.IsAssignableTo(typeof(Exception)));
    }

    private static bool IsPlatform(Assembly assembly) => !assembly.IsDynamic && assembly.GetName().Name is { } name && name.StartsWith("System.", StringComparison.Ordinal);

    private static Func<string, Exception?, Exception>? CreatorOf(Type type)
    {
        // The engine keeps some constructors to itself.
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var flags = type.Assembly == typeof(GenerateSerializerAttribute).Assembly ? Any : BindingFlags.Instance | BindingFlags.Public;

        if (type.GetConstructor(flags, [typeof(string), typeof(Exception)]) is { } withCause)
            return (message, inner) => (Exception)withCause.Invoke(BindingFlags.DoNotWrapExceptions, null, [message, inner], null);

        // ArgumentNullException(string) and its like take something else than a message.
        if (type.GetConstructor(flags, [typeof(string)]) is { } plain && IsMessage(plain.GetParameters()[0]))
            return (message, _) => (Exception)plain.Invoke(BindingFlags.DoNotWrapExceptions, null, [message], null);
        return null;
    }

    private static bool IsMessage(ParameterInfo parameter) =>
        parameter.Name is { } name && (name.Contains("message", StringComparison.OrdinalIgnoreCase) || name.Contains("msg", StringComparison.OrdinalIgnoreCase));
}
