using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json.Serialization;
using Orleans.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>A member that is written, with its identity.</summary>
/// <param name="Member">The property or field.</param>
/// <param name="Level">How many attributed classes the declaring class derives from: every class numbers its members from zero.</param>
/// <param name="Id">Its number within the declaring class.</param>
internal sealed record SerializedMember(MemberInfo Member, int Level, uint Id)
{
    /// <summary>Gets the member's name in messages.</summary>
    internal string WireName => Level == 0 ? $"{Id}" : $"{Level}.{Id}";

    /// <summary>Collects the members of a type and of those it derives from.</summary>
    /// <param name="type">A type with [GenerateSerializer].</param>
    /// <returns>The members by CLR name.</returns>
    /// <exception cref="CodecNotFoundException">Two members of a class have the same number.</exception>
    internal static Dictionary<string, SerializedMember> Of(Type type)
    {
        var lineage = new Stack<Type>();
        for (var t = type; t is not null && t.IsDefined(typeof(GenerateSerializerAttribute), inherit: false); t = t.BaseType) lineage.Push(t);

        var members = new Dictionary<string, SerializedMember>(StringComparer.Ordinal);
        var level = 0;
        foreach (var declaring in lineage)
        {
            foreach (var member in Declared(declaring, level++))
            {
                if (members.Values.FirstOrDefault(other => other.WireName == member.WireName) is { } same)
                    throw new CodecNotFoundException($"{member} and {same.Member.Name} have the same [Id({member.Id})].");
                members[member.Member.Name] = member;
            }
        }

        return members;
    }

    /// <summary>Creates a setter for a property whose own is not public.</summary>
    /// <returns>The setter.</returns>
    /// <exception cref="CodecNotFoundException">There is none.</exception>
    internal Action<object, object?> CreateSetter()
    {
        if (Member is not PropertyInfo { SetMethod: { } setter } property || property.DeclaringType!.IsValueType)
            throw new CodecNotFoundException($"{this} has an [Id] but neither a setter nor a constructor parameter of the same name.");

        var target = Expression.Parameter(typeof(object));
        var value = Expression.Parameter(typeof(object));
        var call = Expression.Call(Expression.Convert(target, property.DeclaringType), setter, Expression.Convert(value, property.PropertyType));
        return Expression.Lambda<Action<object, object?>>(call, target, value).Compile();
    }

    /// <summary>Creates a setter for a property that only a constructor sets: slower, for what is rare.</summary>
    /// <returns>The setter; null when the property has no field of its own.</returns>
    internal Action<object, object?>? FieldSetter() =>
        Member.DeclaringType!.GetField($"<{Member.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is { } field ? field.SetValue : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Member.DeclaringType}.{Member.Name}";

    private static IEnumerable<SerializedMember> Declared(Type type, int level)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var positions = Positions(type);
        foreach (var member in type.GetMembers(All).Where(member => member is PropertyInfo or FieldInfo && !member.IsDefined(typeof(JsonIgnoreAttribute))))
        {
            if (member.GetCustomAttribute<IdAttribute>() is { } id) yield return new(member, level, id.Id);
            else if (member is PropertyInfo && positions.TryGetValue(member.Name, out var position)) yield return new(member, level, position);
        }
    }

    // The parameters of a record's primary constructor are numbered by their position unless they say otherwise.
    private static Dictionary<string, uint> Positions(Type type)
    {
        var deconstruct = type.GetMethod("Deconstruct", BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly);
        if (deconstruct is null) return [];

        var wanted = deconstruct.GetParameters().Select(parameter => parameter.ParameterType.GetElementType());
        var primary = type.GetConstructors().FirstOrDefault(constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(wanted));
        return primary?.GetParameters().ToDictionary(
            parameter => parameter.Name!, parameter => parameter.GetCustomAttribute<IdAttribute>()?.Id ?? (uint)parameter.Position, StringComparer.Ordinal) ?? [];
    }
}
