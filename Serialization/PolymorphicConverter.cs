using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes a value declared as an abstract class as an object with one member, named by the alias of the value's own type.</summary>
/// <typeparam name="T">The abstract class.</typeparam>
internal sealed class PolymorphicConverter<T> : JsonConverter<T> where T : class
{
    private readonly DerivedTypes _derived = DerivedTypes.Of(typeof(T));

    /// <inheritdoc/>
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            throw new JsonException($"A {typeof(T)} is an object with one member, named by the alias of its type.");

        var type = _derived.TypeOf(reader.GetString()!);
        reader.Read();
        var value = (T?)JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(type));
        if (!reader.Read() || reader.TokenType != JsonTokenType.EndObject) throw new JsonException($"A {typeof(T)} has more than one type.");
        return value;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var type = value.GetType();
        writer.WriteStartObject();
        writer.WritePropertyName(_derived.AliasOf(type));
        JsonSerializer.Serialize(writer, value, options.GetTypeInfo(type));
        writer.WriteEndObject();
    }
}

/// <summary>Makes <see cref="PolymorphicConverter{T}"/> for abstract classes that have [GenerateSerializer].</summary>
internal sealed class PolymorphicConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert is { IsAbstract: true, IsClass: true } && typeToConvert.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        ConverterFactories.Create(typeof(PolymorphicConverter<>), typeToConvert);
}
