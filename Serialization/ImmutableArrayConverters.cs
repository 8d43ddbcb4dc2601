using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes immutable arrays; a default one as an empty one, which is how it comes back.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
internal sealed class ImmutableArrayConverter<T>(JsonSerializerOptions options) : JsonConverter<ImmutableArray<T>>
{
    private readonly NestedConverter<T> _element = new(options);

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override ImmutableArray<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return [];
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException($"An array of {typeof(T)} starts with '['.");

        var elements = ImmutableArray.CreateBuilder<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) elements.Add(_element.Read(ref reader)!);
        return elements.DrainToImmutable();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        if (!value.IsDefault)
        {
            foreach (var element in value) _element.Write(writer, element);
        }

        writer.WriteEndArray();
    }
}

/// <summary>Writes immutable arrays of bytes as base64.</summary>
internal sealed class ImmutableBytesConverter : JsonConverter<ImmutableArray<byte>>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override ImmutableArray<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(reader.GetBytesFromBase64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ImmutableArray<byte> value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.AsSpan());
}

/// <summary>Makes the converters of immutable arrays.</summary>
internal sealed class ImmutableArrayConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        var element = typeToConvert.GetGenericArguments()[0];
        return element == typeof(byte)
            ? new ImmutableBytesConverter()
            : (JsonConverter)Activator.CreateInstance(typeof(ImmutableArrayConverter<>).MakeGenericType(element), options)!;
    }
}
