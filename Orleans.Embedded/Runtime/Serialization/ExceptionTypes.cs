using System.Collections.Concurrent;
using System.Reflection;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>Builds an exception from what it is made of.</summary>
/// <param name="message">Its message.</param>
/// <param name="paramName">The parameter it is about, or null.</param>
/// <param name="inner">Its cause, or null.</param>
/// <returns>The exception.</returns>
internal delegate Exception ExceptionCreator(string message, string? paramName, Exception? inner);

/// <summary>The exception types that may be built from a name: those of the application, of the engine and of .NET that are loaded and can be made from a message.</summary>
internal static class ExceptionTypes
{
    private static readonly ConcurrentDictionary<string, ExceptionCreator> s_known = new(StringComparer.Ordinal);

    /// <summary>Builds an exception.</summary>
    /// <param name="payload">What travelled.</param>
    /// <param name="inner">Its cause.</param>
    /// <returns>The exception, or null when the type is not among those that may be built.</returns>
    internal static Exception? TryCreate(ExceptionPayload payload, Exception? inner)
    {
        // Unknown names are not remembered: the other side chooses them.
        if (!s_known.TryGetValue(payload.Type ?? "", out var create))
        {
            create = Candidates(payload.Type ?? "").Select(CreatorOf).FirstOrDefault(creator => creator is not null);
            if (create is null) return null;
            s_known.TryAdd(payload.Type!, create);
        }

        try
        {
            return create(payload.Message ?? "", payload.ParamName, inner);
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

    private static ExceptionCreator? CreatorOf(Type type)
    {
        // The engine keeps some constructors to itself.
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var constructors = type.GetConstructors(type.Assembly == typeof(GenerateSerializerAttribute).Assembly ? Any : BindingFlags.Instance | BindingFlags.Public);
        var withCause = Array.Find(constructors, constructor => Takes(constructor, typeof(string), typeof(Exception)));
        var withParameter = Array.Find(constructors, constructor => Takes(constructor, typeof(string), typeof(string)) && NamesParameter(constructor));
        var plain = Array.Find(constructors, constructor => Takes(constructor, typeof(string)) && IsMessage(constructor.GetParameters()[0]));
        if (withCause is null && plain is null) return null;

        return (message, paramName, inner) =>
        {
            if (paramName is not null && inner is null && withParameter is not null)
                return Invoke(withParameter, withParameter.GetParameters()[0].Name == "paramName" ? [paramName, message] : [message, paramName]);
            return withCause is not null ? Invoke(withCause, message, inner) : Invoke(plain!, message);
        };
    }

    private static Exception Invoke(ConstructorInfo constructor, params object?[] arguments) =>
        (Exception)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static bool Takes(ConstructorInfo constructor, params Type[] types) => constructor.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(types);

    private static bool NamesParameter(ConstructorInfo constructor) =>
        Array.Exists(constructor.GetParameters(), parameter => parameter.Name == "paramName") && Array.Exists(constructor.GetParameters(), IsMessage);

    // ArgumentNullException(string) and its like take something else than a message.
    private static bool IsMessage(ParameterInfo parameter) =>
        parameter.Name is { } name && (name.Contains("message", StringComparison.OrdinalIgnoreCase) || name.Contains("msg", StringComparison.OrdinalIgnoreCase));
}
