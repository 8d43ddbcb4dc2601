using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orleans.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Shapes JSON contracts by the Orleans attributes. Runs once for each type and form; nothing here runs for each value.</summary>
internal static class SerializedContracts
{
    private static readonly MethodInfo s_otherName = typeof(SerializedContracts).GetMethod(nameof(OtherNameOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>Creates the resolver of one form.</summary>
    /// <param name="form">The form.</param>
    /// <returns>The resolver.</returns>
    internal static IJsonTypeInfoResolver CreateResolver(SerializedForm form)
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(contract => Shape(contract, form));
        return resolver;
    }

    private static void Shape(JsonTypeInfo contract, SerializedForm form)
    {
        var type = contract.Type;
        if (type == typeof(object)) throw new CodecNotFoundException("A member, argument or result declared as object can be anything: declare a type.");
        if (contract.Kind != JsonTypeInfoKind.Object || IsTuple(type)) return;

        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            if (form == SerializedForm.Wire) throw new CodecNotFoundException($"{type} has no [GenerateSerializer]: it cannot travel in a message.");
            Keep(contract, property => property.AttributeProvider is PropertyInfo);
        }
        else
        {
            RefuseSubclasses(type);
            ByIds(contract, form);
        }

        ImmutableDefaults.Apply(contract);
        if (form != SerializedForm.Wire && type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)) AcceptOtherNames(contract);
    }

    private static void ByIds(JsonTypeInfo contract, SerializedForm form)
    {
        var members = SerializedMember.Of(contract.Type);
        foreach (var property in contract.Properties)
        {
            if (property.AttributeProvider is not MemberInfo info || !members.TryGetValue(info.Name, out var member))
            {
                if (property.Set is null && property.AssociatedParameter is null) continue;
                if (property.AttributeProvider is FieldInfo) continue;
                throw new CodecNotFoundException($"{contract.Type}.{property.Name} can be set but has no [Id]: its value would be lost.");
            }

            if (property.Set is null && property.AssociatedParameter is null) property.Set = member.CreateSetter();
            if (property.Get is null) throw new CodecNotFoundException($"{member} cannot be read.");
            property.Name = form == SerializedForm.Storage ? info.Name : member.WireName;
            property.IsRequired = false;
        }

        Keep(contract, property => property.AttributeProvider is MemberInfo info && members.Remove(info.Name));
        if (members.Count > 0) throw new CodecNotFoundException($"{members.Values.First()} has an [Id] but is not public: it would be lost.");
    }

    // Records of one form are read as the other: each member has a second name, by which it is only read.
    private static void AcceptOtherNames(JsonTypeInfo contract)
    {
        var members = SerializedMember.Of(contract.Type);
        foreach (var property in contract.Properties.ToArray())
        {
            var member = members[((MemberInfo)property.AttributeProvider!).Name];
            var name = property.Name == member.WireName ? member.Member.Name : member.WireName;
            var set = property.Set ?? member.FieldSetter() ?? ((_, _) => throw new JsonException($"{member} has no setter, so that it is read as '{property.Name}' only."));
            contract.Properties.Add((JsonPropertyInfo)s_otherName.MakeGenericMethod(property.PropertyType).Invoke(null, [contract, name, set])!);
        }
    }

    private static JsonPropertyInfo OtherNameOf<T>(JsonTypeInfo contract, string name, Action<object, object?> set) => OtherName<T>.Of(contract, name, set);

    private static void Keep(JsonTypeInfo contract, Func<JsonPropertyInfo, bool> wanted)
    {
        for (var i = contract.Properties.Count - 1; i >= 0; i--)
        {
            if (!wanted(contract.Properties[i])) contract.Properties.RemoveAt(i);
        }
    }

    // Declared as the base, a value of the subclass would lose the members that the subclass adds.
    private static void RefuseSubclasses(Type type)
    {
        if (type.IsSealed) return;
        if (ApplicationTypes.DerivedFrom(type).FirstOrDefault() is { } derived)
            throw new CodecNotFoundException($"{type} is neither abstract nor sealed and {derived} derives from it: make it one of the two.");
    }

    /// <summary>Whether values of a type are several values without a name.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether they are.</returns>
    internal static bool IsTuple(Type type) =>
        type.IsGenericType && (type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) || type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
}
