using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace ProvingMarket.Serialization;

/// <summary>The types of the application: those of all assemblies that use the contracts (grains, messages, attributes) and are loaded, or referenced by
/// one that is; and of the contracts themselves.</summary>
internal static class ApplicationTypes
{
    private static readonly Assembly s_contracts = typeof(GenerateSerializerAttribute).Assembly;
    private static readonly ConcurrentDictionary<string, Assembly?> s_referenced = new(StringComparer.Ordinal);

    /// <summary>Gets the application's assemblies, loading those that are not yet. An assembly is loaded when its first type is used, which for
    /// subclasses and grain classes may be never before they are looked for.</summary>
    /// <returns>The assemblies.</returns>
    internal static IEnumerable<Assembly> Assemblies()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var toDo = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        while (toDo.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly.FullName!)) continue;

            var references = assembly.GetReferencedAssemblies();
            var isUser = Array.Exists(references, reference => reference.Name == s_contracts.GetName().Name);
            if (isUser || assembly == s_contracts) yield return assembly;
            if (!isUser) continue;

            foreach (var reference in references.Where(reference => !IsFramework(reference.Name!) && !seen.Contains(reference.FullName)))
            {
                if (s_referenced.GetOrAdd(reference.FullName, static (_, from) => TryLoad(from.Reference, from.Assembly), (Reference: reference, Assembly: assembly)) is { } loaded)
                    toDo.Enqueue(loaded);
            }
        }
    }

    /// <summary>Gets the application's types.</summary>
    /// <returns>The types.</returns>
    internal static IEnumerable<Type> All() => Assemblies().SelectMany(TypesOf);

    /// <summary>Gets the application's classes that derive from one of them.</summary>
    /// <param name="baseType">The class.</param>
    /// <returns>All derived classes, abstract ones included.</returns>
    internal static IEnumerable<Type> DerivedFrom(Type baseType) => All().Where(type => type != baseType && type.IsSubclassOf(baseType));

    private static bool IsFramework(string name) =>
        name is "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? TryLoad(AssemblyName reference, Assembly from)
    {
        try
        {
            return (AssemblyLoadContext.GetLoadContext(from) ?? AssemblyLoadContext.Default).LoadFromAssemblyName(reference);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // Not there, as what is only needed to compile is not.
            return null;
        }
    }

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partly)
        {
            return [.. partly.Types.OfType<Type>()];
        }
    }
}
