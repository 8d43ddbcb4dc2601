using System.Text.Json.Serialization;
using System.Text.Json;
using Orleans.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes references to grains and observers as the identity they refer to.</summary>
/// <typeparam name="T">The interface.</typeparam>
internal sealed class ReferenceConverter<T>(IReferenceResolver resolver) : JsonConverter<T> where T : class, IAddressable
{
    /// <inheritdoc/>
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        GrainId.TryParse(reader.GetString(), null, out var grainId)
            ? (T)resolver.CreateReference(grainId, typeof(T))
            : throw new JsonException($"A reference to a {typeof(T)} is written as an identity: type/key.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value is GrainReference reference
            ? reference.GrainId.ToString()
            : throw new CodecNotFoundException($"{value.GetType()} is not a reference: make one with {nameof(IGrainFactory.CreateObjectReference)}, or pass a grain by its reference."));
}

/// <summary>Makes <see cref="ReferenceConverter{T}"/> for grain and observer interfaces.</summary>
/// <param name="resolver">Creates the references that are read.</param>
internal sealed class ReferenceConverterFactory(IReferenceResolver resolver) : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsInterface && typeToConvert.IsAssignableTo(typeof(IAddressable));

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(ReferenceConverter<>).MakeGenericType(typeToConvert), resolver)!;
}
