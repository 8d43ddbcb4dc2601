using System.Reflection;

namespace ProvingMarket.Serialization;

/// <summary>The types of the application: those in loaded assemblies that use the serialization attributes, and the attributes' own assembly.</summary>
internal static class LoadedTypes
{
    private static readonly Assembly s_abstractions = typeof(GenerateSerializerAttribute).Assembly;

    /// <summary>Gets the application's loaded assemblies.</summary>
    /// <returns>The assemblies.</returns>
    internal static IEnumerable<Assembly> Assemblies()
    {
        var name = s_abstractions.GetName().Name;
        return AppDomain.CurrentDomain.GetAssemblies().Where(assembly =>
            !assembly.IsDynamic && (assembly == s_abstractions || Array.Exists(assembly.GetReferencedAssemblies(), reference => reference.Name == name)));
    }

    /// <summary>Gets the application's classes that derive from one of them.</summary>
    /// <param name="baseType">The class.</param>
    /// <returns>All derived classes, abstract ones included.</returns>
    internal static IEnumerable<Type> DerivedFrom(Type baseType) =>
        Assemblies().SelectMany(TypesOf).Where(type => type != baseType && type.IsSubclassOf(baseType));

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
