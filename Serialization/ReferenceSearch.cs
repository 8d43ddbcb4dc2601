using System.Text.Json;

namespace ProvingMarket.Serialization;

/// <summary>Finds out whether values of a type may contain references to grains or observers, by the types of all that they may contain.</summary>
/// <param name="options">The options of a codec.</param>
internal sealed class ReferenceSearch(JsonSerializerOptions options)
{
    private readonly HashSet<Type> _seen = [];

    /// <summary>Says whether values of a type may contain references.</summary>
    /// <param name="type">The type.</param>
    /// <returns>False only when none of them can.</returns>
    internal bool MayRefer(Type type)
    {
        if (!_seen.Add(type)) return false;
        if (type.IsInterface && type.IsAssignableTo(typeof(IAddressable))) return true;
        if (type.IsPrimitive || type.IsEnum || type == typeof(string)) return false;
        return PartsOf(type).Any(MayRefer);
    }

    private IEnumerable<Type> PartsOf(Type type)
    {
        if (type.GetElementType() is { } element) return [element];
        if (type.IsGenericType && !type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)) return type.GetGenericArguments();
        return new PolymorphicConverterFactory().CanConvert(type)
            ? DerivedTypes.Of(type).Types
            : options.GetTypeInfo(type).Properties.Select(property => property.PropertyType);
    }
}
