using System.Collections.Frozen;
using System.Reflection;
using Orleans.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>The closed set of concrete types below an abstract one, by alias. CLR type names are never written or read.</summary>
internal sealed class DerivedTypes
{
    private readonly Type _base;
    private readonly FrozenDictionary<string, Type> _byAlias;
    private readonly FrozenDictionary<Type, string> _aliases;

    private DerivedTypes(Type baseType, Dictionary<string, Type> byAlias)
    {
        _base = baseType;
        _byAlias = byAlias.ToFrozenDictionary(StringComparer.Ordinal);
        _aliases = byAlias.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }

    /// <summary>Gets the concrete types.</summary>
    internal IEnumerable<Type> Types => _byAlias.Values;

    /// <summary>Finds the concrete types below an abstract one in the assemblies that are loaded now.</summary>
    /// <param name="baseType">The abstract class.</param>
    /// <returns>Its set.</returns>
    /// <exception cref="CodecNotFoundException">One has no alias, or two have the same.</exception>
    internal static DerivedTypes Of(Type baseType)
    {
        var byAlias = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in LoadedTypes.DerivedFrom(baseType).Where(type => !type.IsAbstract && !type.IsGenericTypeDefinition))
        {
            var alias = type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias
                ?? throw new CodecNotFoundException($"{type} derives from {baseType} and has no [Alias]: it cannot be named in a message or record.");
            if (!byAlias.TryAdd(alias, type))
                throw new CodecNotFoundException($"{type} and {byAlias[alias]} both derive from {baseType} and have the alias '{alias}'.");
        }

        return new DerivedTypes(baseType, byAlias);
    }

    /// <summary>Gets the alias of a value's type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Its alias.</returns>
    internal string AliasOf(Type type) => _aliases.TryGetValue(type, out var alias)
        ? alias
        : throw new CodecNotFoundException($"{type} was not among the types below {_base} when the first of them was serialized: its assembly was loaded later.");

    /// <summary>Gets the type with an alias.</summary>
    /// <param name="alias">The alias.</param>
    /// <returns>The type.</returns>
    /// <exception cref="UnknownTypeAliasException">There is none.</exception>
    internal Type TypeOf(string alias) => _byAlias.TryGetValue(alias, out var type)
        ? type
        : throw new UnknownTypeAliasException($"'{alias}' is not the alias of a type below {_base}; known are {string.Join(", ", _byAlias.Keys.Order(StringComparer.Ordinal))}.");
}
