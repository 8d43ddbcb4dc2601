using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;

namespace Orleans.Runtime.Calls;

/// <summary>A grain or observer interface: its methods and the emitted code that calls them. One instance per interface and process.</summary>
internal sealed class GrainInterface
{
    private static readonly ConcurrentDictionary<Type, Lazy<GrainInterface>> s_all = new();

    private readonly Lazy<FrozenDictionary<string, GrainMethod>> _methods;
    private readonly Lazy<Func<GrainId, GrainCaller, GrainInterface, GrainReference>> _createReference;

    private GrainInterface(Type type)
    {
        Type = type;
        Name = NameOf(type);
        Id = GrainInterfaceType.Create(Name);
        _methods = new(() => CallEmitter.EmitCalls(this).ToFrozenDictionary(method => method.Key, StringComparer.Ordinal));
        _createReference = new(() => ProxyEmitter.EmitProxy(this));
    }

    /// <summary>Gets the interface.</summary>
    internal Type Type { get; }

    /// <summary>Gets the name on the wire: the alias, or the full name.</summary>
    internal string Name { get; }

    /// <summary>Gets the name on the wire as an identity.</summary>
    internal GrainInterfaceType Id { get; }

    /// <summary>Gets the methods that the interface itself declares.</summary>
    internal ImmutableArray<GrainMethod> Methods => _methods.Value.Values;

    /// <summary>Gets the description of an interface, emitting its code on first use.</summary>
    /// <param name="type">The interface.</param>
    /// <returns>The description.</returns>
    /// <exception cref="ArgumentException">The type is no grain or observer interface.</exception>
    internal static GrainInterface Of(Type type) =>
        s_all.GetOrAdd(type, static type => new Lazy<GrainInterface>(() => new GrainInterface(Checked(type)))).Value;

    /// <summary>Gets the name of a type that stands for it outside of the program.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Its alias, or else its full name.</returns>
    internal static string NameOf(Type type)
    {
        if (type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias is { } alias) return alias;
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (!type.IsConstructedGenericType) return type.FullName ?? type.Name;
        return $"{NameOf(type.GetGenericTypeDefinition())}[{string.Join(',', type.GetGenericArguments().Select(NameOf))}]";
    }

    /// <summary>Finds a method of this interface by its name on the wire.</summary>
    /// <param name="key">The name.</param>
    /// <returns>The method, or null.</returns>
    internal GrainMethod? FindMethod(string key) => _methods.Value.GetValueOrDefault(key);

    /// <summary>Makes a reference.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <param name="caller">The calling side of the host the reference belongs to.</param>
    /// <returns>The reference; it implements the interface.</returns>
    internal GrainReference CreateReference(GrainId target, GrainCaller caller) => _createReference.Value(target, caller, this);

    /// <summary>Lists the methods that can be called through the interface, inherited ones included.</summary>
    /// <returns>The methods.</returns>
    internal IEnumerable<GrainMethod> AllMethods() =>
        Type.GetInterfaces().Prepend(Type).Where(IsCallable).SelectMany(type => Of(type).Methods);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool IsCallable(Type type) => typeof(IAddressable).IsAssignableFrom(type);

    private static Type Checked(Type type)
    {
        if (!type.IsInterface || !IsCallable(type))
            throw new ArgumentException($"{type} is not a grain or observer interface: it must be an interface that inherits {nameof(IGrain)} or {nameof(IGrainObserver)}.", nameof(type));

        var foreign = Array.Find(type.GetInterfaces(), inherited => !IsCallable(inherited) && inherited.GetMethods().Length > 0);
        return foreign is null ? type : throw new ArgumentException($"{type} inherits {foreign}, which is not a grain or observer interface.", nameof(type));
    }
}
