using System.Collections.Immutable;
using System.Reflection;

namespace ProvingMarket.Domain.Tests;

/// <summary>All messages that differ from a given one in one thing that is missing, at any depth: a null where none is allowed, a list that was
/// never made, a null in a list. The compiler forbids them here, but a message from another process can carry them.</summary>
internal static class Absences
{
    /// <summary>The field as refusals name it, for example <c>constraints.hardware</c>, and the message without it.</summary>
    public static IEnumerable<(string Field, T Changed)> Of<T>(T message)
        where T : class => In(message, "").Select(change => (change.Field, (T)change.Changed));

    private static IEnumerable<(string Field, object Changed)> In(object message, string path)
    {
        foreach (var property in message.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var name = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            var field = path.Length == 0 ? name : $"{path}.{name}";
            var type = property.PropertyType;
            var value = property.GetValue(message);
            var isOptional = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

            if (!type.IsValueType && !isOptional) yield return (field, With(property, null));
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            {
                yield return (field, With(property, Activator.CreateInstance(type)));
                if (!type.GenericTypeArguments[0].IsValueType) yield return (field, With(property, Single(type.GenericTypeArguments[0])));
            }
            else if (value is not null && type is { IsClass: true } && type.Namespace!.StartsWith("ProvingMarket.", StringComparison.Ordinal))
            {
                foreach (var (inner, changed) in In(value, field)) yield return (inner, With(property, changed));
            }
        }

        object With(PropertyInfo property, object? value)
        {
            var copy = message.GetType().GetMethod("<Clone>$")!.Invoke(message, null)!;
            property.SetValue(copy, value);
            return copy;
        }
    }

    private static object Single(Type element) => typeof(Absences)
        .GetMethod(nameof(NullAlone), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(element).Invoke(null, null)!;

    private static ImmutableArray<T> NullAlone<T>()
        where T : class => ImmutableArray.Create((T)null!);
}
