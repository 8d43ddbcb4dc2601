using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Activations;

/// <summary>The grain classes of a silo, and which of them its interfaces mean.</summary>
internal sealed class GrainClassCatalog : IGrainTypeResolver
{
    private readonly FrozenDictionary<GrainType, GrainClass> _byType;
    private readonly FrozenDictionary<Type, ImmutableArray<GrainClass>> _byInterface;

    /// <summary>Builds the catalog.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="workers">The number of activations of stateless worker grains that do not name one; null for the number of processors.</param>
    /// <exception cref="OrleansConfigurationException">Two classes or interfaces have the same identity, or one cannot be a grain class.</exception>
    internal GrainClassCatalog(IEnumerable<Type> classes, int? workers = null)
    {
        var all = classes.Distinct().Select(type => new GrainClass(type, workers ?? Environment.ProcessorCount)).OrderBy(grainClass => grainClass.ToString(), StringComparer.Ordinal).ToList();
        if (all.GroupBy(grainClass => grainClass.GrainType).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new OrleansConfigurationException($"Several grain classes have the grain type '{twice.Key}': {string.Join(", ", twice)}. Name them apart with [GrainType].");

        _byType = all.ToFrozenDictionary(grainClass => grainClass.GrainType);
        _byInterface = all
            .SelectMany(grainClass => grainClass.Interfaces, (grainClass, type) => (grainClass, type))
            .GroupBy(pair => pair.type, pair => pair.grainClass)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray());
        foreach (var type in Interfaces.Append(typeof(IRemindable))) InterfaceTable.Add(type);
    }

    /// <summary>Gets the interfaces whose calls are accepted from clients.</summary>
    internal GrainInterfaceTable InterfaceTable { get; } = new();

    /// <summary>Gets the grain interfaces that are implemented.</summary>
    internal ImmutableArray<Type> Interfaces => _byInterface.Keys;

    /// <summary>Finds the grain classes in all assemblies that use the engine and are loaded, or referenced by one that is.</summary>
    /// <returns>The classes.</returns>
    internal static IEnumerable<Type> FindAll()
    {
        var contract = typeof(IGrain).Assembly.GetName().Name;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<Type>();
        var toDo = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        while (toDo.TryDequeue(out var assembly))
        {
            var references = assembly.GetReferencedAssemblies();
            if (!seen.Add(assembly.GetName().Name!) || !references.Any(reference => reference.Name == contract)) continue;

            found.AddRange(TypesOf(assembly).Where(GrainClass.IsGrainClass));

            // An assembly is loaded when its first type is used, which for grain classes may be never before this.
            foreach (var reference in references.Where(reference => !IsFramework(reference.Name!) && !seen.Contains(reference.Name!)))
            {
                if (TryLoad(reference) is { } loaded) toDo.Enqueue(loaded);
            }
        }

        return found;
    }

    /// <summary>Finds a class by its identity.</summary>
    /// <param name="type">The identity.</param>
    /// <returns>The class, or null.</returns>
    internal GrainClass? Find(GrainType type) => _byType.GetValueOrDefault(type);

    /// <inheritdoc/>
    public GrainType GetGrainType(Type interfaceType, string? classNamePrefix)
    {
        var candidates = Candidates(interfaceType);
        return candidates is [var only] && string.IsNullOrWhiteSpace(classNamePrefix)
            ? only.GrainType
            : GrainClassChoice.Choose(interfaceType, [.. candidates.Select(candidate => (candidate.ToString(), candidate.GrainType))], classNamePrefix);
    }

    /// <summary>Lists the grain classes that implement an interface.</summary>
    /// <param name="interfaceType">The interface.</param>
    /// <returns>The classes, by name.</returns>
    internal ImmutableArray<GrainClass> Candidates(Type interfaceType) => _byInterface.TryGetValue(interfaceType, out var candidates) ? candidates : [];

    private static bool IsFramework(string name) => name is "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partial)
        {
            return partial.Types.OfType<Type>();
        }
    }
}
