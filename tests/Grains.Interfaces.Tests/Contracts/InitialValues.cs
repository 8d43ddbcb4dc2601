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
        // What has a form of its own is not read member by member.
        if (type.IsAbstract || type.ContainsGenericParameters || type.IsDefined(typeof(JsonConverterAttribute))) return "";
        var value = member.GetValue(Read.MakeGenericMethod(type).Invoke(null, null));
        var isNothing = value is null or "" or ICollection { Count: 0 } || (member.PropertyType.IsValueType && value.Equals(Activator.CreateInstance(member.PropertyType)));
        return isNothing ? "" : value is IFormattable scalar ? $" = {scalar.ToString(null, CultureInfo.InvariantCulture)}" : " = {…}";
    }

    private static object? ReadFromNothing<T>() => Codec.Deserialize<T>("{}"u8);

    /// <summary>Nothing is read that refers to anything.</summary>
    private sealed class NoReferences : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) => throw new NotSupportedException($"{interfaceType} is not called.");
    }
}
