using System.Collections.Immutable;
using System.Reflection;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>Which types may travel, and how they are called in the contract.</summary>
public static class WireTypes
{
    private static readonly Dictionary<Type, string> Plain = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(Guid)] = "guid",
        [typeof(DateTimeOffset)] = "time",
        [typeof(TimeSpan)] = "span",
        [typeof(GrainId)] = "grain-id",
    };

    private static readonly Dictionary<Type, string> Collections = new()
    {
        [typeof(ImmutableArray<>)] = "array",
        [typeof(ImmutableDictionary<,>)] = "table",
        [typeof(ImmutableSortedDictionary<,>)] = "sorted-table",
        [typeof(ImmutableHashSet<>)] = "set",
        [typeof(ImmutableSortedSet<>)] = "sorted-set",
    };

    /// <summary>Why a type may not travel; null when it may. Messages are judged by their own rules and count as fit here.</summary>
    public static string? Unfit(Type type)
    {
        if (Plain.ContainsKey(type) || IsMessage(type) || IsContractInterface(type)) return null;
        if (type.IsEnum) return Enum.GetUnderlyingType(type) == typeof(int) ? null : $"enum {type.Name} is not an int";
        if (Nullable.GetUnderlyingType(type) is { } inner) return Unfit(inner);
        if (type.IsConstructedGenericType && Collections.ContainsKey(type.GetGenericTypeDefinition()))
            return type.GenericTypeArguments.Select(Unfit).FirstOrDefault(reason => reason is not null);
        return $"{NameOf(type)} is not immutable, or not known to travel";
    }

    /// <summary>The types of messages, enums and interfaces inside a type: a nullable's or a collection's elements, a task's result.</summary>
    public static IEnumerable<Type> PartsOf(Type type) => type.IsConstructedGenericType
        ? type.GenericTypeArguments.SelectMany(PartsOf)
        : type.IsArray ? PartsOf(type.GetElementType()!) : [type];

    /// <summary>Types of ours that are not enums or interfaces travel as messages, whether they are marked or not.</summary>
    public static bool IsMessage(Type type) =>
        type is { IsEnum: false, IsInterface: false, IsArray: false, IsGenericParameter: false }
        && (type.GetCustomAttribute<GenerateSerializerAttribute>() is not null || IsOurs(type))
        && !Plain.ContainsKey(type);

    public static bool IsContractInterface(Type type) => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type);

    /// <summary>The name in the contract: an alias where there is one, so that renaming a class in the program is no change.</summary>
    public static string NameOf(Type type)
    {
        if (Plain.TryGetValue(type, out var plain)) return plain;
        if (Nullable.GetUnderlyingType(type) is { } inner) return NameOf(inner) + "?";
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (AliasOf(type) is { } alias) return alias;
        if (!type.IsConstructedGenericType) return type.Name;
        var definition = type.GetGenericTypeDefinition();
        var name = Collections.GetValueOrDefault(definition) ?? definition.Name[..definition.Name.IndexOf('`')];
        return $"{name}<{string.Join(", ", type.GenericTypeArguments.Select(NameOf))}>";
    }

    public static string? AliasOf(MemberInfo member) => member.GetCustomAttributes<AliasAttribute>(inherit: false).FirstOrDefault()?.Alias;

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name!.StartsWith("ProvingMarket.", StringComparison.Ordinal);
}
