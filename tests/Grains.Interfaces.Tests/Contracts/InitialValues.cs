using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>What members are in a value of which nothing was written. Null, zero and empty are not written, so that a member which was released as one of these
/// would become something else in everything written before if it began with another value later.</summary>
public static class InitialValues
{
    private static readonly JsonCodec Codec = new(SerializedForm.Storage, references: new NoReferences());
    private static readonly MethodInfo Read = typeof(InitialValues).GetMethod(nameof(ReadFromNothing), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>A member's initial value as the end of its line: nothing for null, zero and empty.</summary>
    public static string Render(Type type, PropertyInfo member)
    {
        if (!IsReadByMembers(type)) return "";
        var value = member.GetValue(Of(type));
        var isNothing = value is null or "" or ICollection { Count: 0 } || (member.PropertyType.IsValueType && value.Equals(Activator.CreateInstance(member.PropertyType)));
        return isNothing ? "" : value is IFormattable scalar ? $" = {scalar.ToString(null, CultureInfo.InvariantCulture)}" : " = {…}";
    }

    /// <summary>Whether values are read member by member: what has a form of its own is not.</summary>
    public static bool IsReadByMembers(Type type) => !type.IsAbstract && !type.ContainsGenericParameters && !type.IsDefined(typeof(JsonConverterAttribute));

    /// <summary>A value of which nothing was written.</summary>
    public static object? Of(Type type) => Read.MakeGenericMethod(type).Invoke(null, null);

    private static object? ReadFromNothing<T>() => Codec.Deserialize<T>("{}"u8);
}
