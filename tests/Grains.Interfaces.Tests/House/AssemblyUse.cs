using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ProvingMarket.Grains.Interfaces.Tests.House;

/// <summary>What an assembly uses of others, read from its metadata without loading it.</summary>
public sealed class AssemblyUse
{
    private AssemblyUse(string name, ImmutableSortedSet<string> assemblies, ImmutableSortedSet<string> engineTypes)
    {
        Name = name;
        Assemblies = assemblies;
        EngineTypes = engineTypes;
    }

    public string Name { get; }

    /// <summary>The assemblies it refers to, by name.</summary>
    public ImmutableSortedSet<string> Assemblies { get; }

    /// <summary>The types of the grain engine that its own code names, by full name. What an engine generates into the assembly is not its own.</summary>
    public ImmutableSortedSet<string> EngineTypes { get; }

    public static AssemblyUse Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        return new AssemblyUse(
            reader.GetString(reader.GetAssemblyDefinition().Name),
            [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))],
            [.. NamedTypes.Of(file, reader).Where(type => IsEngine(AssemblyOf(reader, type))).Select(type => FullName(reader, type))]);
    }

    public static bool IsEngine(string assembly) =>
        assembly.StartsWith("Orleans", StringComparison.Ordinal) || assembly.StartsWith("Microsoft.Orleans", StringComparison.Ordinal);

    private static string AssemblyOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => AssemblyOf(reader, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name),
            _ => "",
        };
    }

    private static string FullName(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }
}
