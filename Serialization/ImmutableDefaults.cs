using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace ProvingMarket.Serialization;

/// <summary>Makes immutable collections that a value lacks empty instead of null or, worse, an array that throws when it is looked at.</summary>
internal static class ImmutableDefaults
{
    /// <summary>Adds the rule to a contract, if it has such members.</summary>
    /// <param name="contract">The contract.</param>
    internal static void Apply(JsonTypeInfo contract)
    {
        var nullability = new NullabilityInfoContext();
        var repairs = contract.Properties.Select(property => RepairOf(property, nullability)).OfType<Action<object>>().ToArray();
        if (repairs.Length == 0) return;

        var before = contract.OnDeserialized;
        contract.OnDeserialized = value =>
        {
            foreach (var repair in repairs) repair(value);
            before?.Invoke(value);
        };
    }

    private static Action<object>? RepairOf(JsonPropertyInfo property, NullabilityInfoContext nullability)
    {
        var type = property.PropertyType;
        if (property.Get is not { } get || property.Set is not { } set || property.AttributeProvider is not PropertyInfo info) return null;
        if (!type.IsGenericType || type.Namespace != typeof(ImmutableArray).Namespace || EmptyOf(type) is not { } empty) return null;

        if (type.IsValueType)
        {
            var isDefault = DefaultTest(type);
            return value =>
            {
                if (isDefault(get(value)!)) set(value, empty);
            };
        }

        if (nullability.Create(info).ReadState == NullabilityState.Nullable) return null;
        return value =>
        {
            if (get(value) is null) set(value, empty);
        };
    }

    private static object? EmptyOf(Type type) => OrdinalConverterFactory.EmptyOf(type) ?? type.GetField("Empty", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);

    private static Func<object, bool> DefaultTest(Type immutableArray)
    {
        var value = Expression.Parameter(typeof(object));
        var test = Expression.Property(Expression.Convert(value, immutableArray), nameof(ImmutableArray<int>.IsDefault));
        return Expression.Lambda<Func<object, bool>>(test, value).Compile();
    }
}
