using System.Reflection;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>What the converter factories share.</summary>
internal static class ConverterFactories
{
    /// <summary>Creates a generic converter with a constructor without parameters.</summary>
    /// <param name="definition">The generic type.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The converter.</returns>
    internal static JsonConverter Create(Type definition, params Type[] arguments) =>
        (JsonConverter)Activator.CreateInstance(
            definition.MakeGenericType(arguments), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, null, null)!;
}
