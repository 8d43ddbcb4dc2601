using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvingMarket.Serialization;

/// <summary>Writes dictionaries whose keys are not text-like, for example a record of two numbers, as an array of pairs.</summary>
/// <typeparam name="TMap">The dictionary type.</typeparam>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
internal sealed class KeyedMapConverter<TMap, TKey, TValue>(JsonSerializerOptions options) : JsonConverter<TMap> where TMap : IEnumerable<KeyValuePair<TKey, TValue>> where TKey : notnull
{
    private static readonly Func<Dictionary<TKey, TValue>, object> s_build = Builder();
    private readonly NestedConverter<TKey> _key = new(options);
    private readonly NestedConverter<TValue> _value = new(options);

    /// <inheritdoc/>
    public override TMap? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Malformed();

        var entries = new Dictionary<TKey, TValue>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var key = _key.Read(ref reader) ?? throw Malformed();
            reader.Read();
            entries[key] = _value.Read(ref reader)!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray) throw Malformed();
        }

        return reader.TokenType == JsonTokenType.EndArray ? (TMap)s_build(entries) : throw Malformed();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TMap value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var (key, element) in value)
        {
            writer.WriteStartArray();
            _key.Write(writer, key);
            _value.Write(writer, element);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static Func<Dictionary<TKey, TValue>, object> Builder()
    {
        if (typeof(TMap).IsAssignableFrom(typeof(Dictionary<TKey, TValue>))) return entries => entries;
        if (typeof(TMap).IsAssignableFrom(typeof(ImmutableDictionary<TKey, TValue>))) return entries => entries.ToImmutableDictionary();
        return entries => entries.ToImmutableSortedDictionary();
    }

    private static JsonException Malformed() => new($"A {typeof(TMap)} is an array of pairs: [[key, value], …].");
}

/// <summary>Makes <see cref="KeyedMapConverter{TMap, TKey, TValue}"/> where a key cannot be the name of a JSON member.</summary>
internal sealed class KeyedMapConverterFactory : JsonConverterFactory
{
    private static readonly Type[] s_maps =
    [
        typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
        typeof(ImmutableDictionary<,>), typeof(IImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && s_maps.Contains(typeToConvert.GetGenericTypeDefinition())
        && typeToConvert.GetGenericArguments()[0].IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !typeToConvert.GetGenericArguments()[0].IsEnum;

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(KeyedMapConverter<,,>).MakeGenericType([typeToConvert, .. typeToConvert.GetGenericArguments()]), options)!;
}
