using System.Reflection;
using System.Runtime.CompilerServices;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>What a message must be: arguments and results are never copied, and stored records are read by later versions.</summary>
public static class MessageRules
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The one type that wraps something mutable. Its own test shows that nobody else gets hold of it.</summary>
    private static readonly Type Wrapper = typeof(Bytes);

    public static IEnumerable<Violation> Check(Type type) =>
        [.. CheckShape(type), .. CheckMarks(type), .. CheckAlias(type), .. CheckProperties(type), .. CheckFields(type), .. CheckIds(type)];

    /// <summary>The properties that travel, with their ids.</summary>
    public static IEnumerable<(uint? Id, PropertyInfo Property)> MembersOf(Type type) => type.GetProperties(Instance)
        .Where(property => property.SetMethod is not null || HasBackingField(property))
        .Select(property => (property.GetCustomAttribute<IdAttribute>()?.Id, property));

    internal static IEnumerable<Violation> CheckAlias(Type type)
    {
        var aliases = type.GetCustomAttributes<AliasAttribute>(inherit: false).Select(alias => alias.Alias).ToArray();
        if (aliases.Length != 1) yield return new(type, ContractRule.AliasForm, $"it has {aliases.Length} aliases instead of one");
        foreach (var alias in aliases.Where(alias => !alias.StartsWith("pm.", StringComparison.Ordinal) || alias.Length == 3))
            yield return new(type, ContractRule.AliasForm, $"its alias \"{alias}\" does not begin with \"pm.\"");
    }

    private static IEnumerable<Violation> CheckShape(Type type)
    {
        if (type.IsGenericType) yield return new(type, ContractRule.MessageShape, "it is generic");
        if (type.IsValueType)
        {
            if (type.GetCustomAttribute<IsReadOnlyAttribute>() is null) yield return new(type, ContractRule.MessageShape, "it is a struct that is not readonly");
            yield break;
        }
        if (!type.IsSealed) yield return new(type, ContractRule.MessageShape, "it is not sealed");
        if (type.BaseType != typeof(object)) yield return new(type, ContractRule.MessageShape, $"it derives from {type.BaseType?.Name}");
        if (type.GetMethod("<Clone>$") is null) yield return new(type, ContractRule.MessageShape, "it is a class and not a record");
        if (type.GetConstructor(Type.EmptyTypes) is null)
            yield return new(type, ContractRule.MessageConstructor, "it has no public constructor without parameters");
    }

    private static IEnumerable<Violation> CheckMarks(Type type)
    {
        if (type.GetCustomAttribute<GenerateSerializerAttribute>() is null) yield return new(type, ContractRule.MessageMarks, "[GenerateSerializer] is missing");
        if (type.GetCustomAttribute<ImmutableAttribute>() is null) yield return new(type, ContractRule.MessageMarks, "[Immutable] is missing");
    }

    private static IEnumerable<Violation> CheckProperties(Type type)
    {
        foreach (var (_, property) in MembersOf(type))
        {
            if (property.GetMethod is not { IsPublic: true })
                yield return new(type, ContractRule.PropertyInitOnly, $"{property.Name} cannot be read by everybody");
            if (property.SetMethod is null)
                yield return new(type, ContractRule.NoFields, $"{property.Name} has no init accessor: only a constructor can set it");
            else if (!property.SetMethod.IsPublic || !property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                yield return new(type, ContractRule.PropertyInitOnly, $"{property.Name} can be set after the message was made, or not by everybody; use init");
            if (WireTypes.Unfit(property.PropertyType) is { } reason)
                yield return new(type, ContractRule.MemberType, $"{property.Name}: {reason}");
        }
    }

    private static IEnumerable<Violation> CheckFields(Type type)
    {
        foreach (var field in type.GetFields(Instance).Where(field => field.GetCustomAttribute<CompilerGeneratedAttribute>() is null))
        {
            if (type == Wrapper && field is { IsInitOnly: true, IsPrivate: true } && field.FieldType == typeof(byte[])) continue;
            yield return new(type, ContractRule.NoFields, $"field {field.Name}; use an init-only property");
        }
        foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (field is { IsInitOnly: false, IsLiteral: false }) yield return new(type, ContractRule.NoFields, $"static field {field.Name} can be changed");
        }
    }

    private static IEnumerable<Violation> CheckIds(Type type)
    {
        var members = MembersOf(type).ToArray();
        foreach (var (_, property) in members.Where(member => member.Id is null))
            yield return new(type, ContractRule.IdMissing, $"{property.Name} has no [Id]");

        var ids = members.Where(member => member.Id is not null).Select(member => member.Id!.Value)
            .Concat(type.GetFields(Instance).Select(field => field.GetCustomAttribute<IdAttribute>()?.Id).OfType<uint>()).Order().ToArray();
        foreach (var twice in ids.CountBy(id => id).Where(count => count.Value > 1))
            yield return new(type, ContractRule.IdSequence, $"id {twice.Key} is given {twice.Value} times");
        var distinct = ids.Distinct().ToArray();
        for (var i = 0; i < distinct.Length; i++)
        {
            if (distinct[i] == i) continue;
            yield return new(type, ContractRule.IdSequence, $"id {i} is missing: the ids are {string.Join(", ", distinct)}");
            yield break;
        }
    }

    private static bool HasBackingField(PropertyInfo property) => property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", Instance) is not null;
}
